/** An entry of the archive (XEP-0313) and the frame it is told as. */
export interface Archived {
  readonly mid: string
  readonly frame: Record<string, unknown>
}

export interface Query {
  readonly after?: unknown
  readonly before?: unknown
  readonly max?: unknown
}

/** What a bridge answers to HISTORY: forwards from `after`, else backwards from `before`, else the newest. */
export function pageOf(archive: readonly Archived[], { after, before, max = 50 }: Query) {
  const find = (mid: unknown) => archive.findIndex(entry => entry.mid === mid)
  const from = after === undefined ? 0 : find(after) + 1
  const to = before === undefined ? archive.length : find(before)
  const all = archive.slice(from, to)
  const page = after === undefined ? all.slice(-Number(max)) : all.slice(0, Number(max))
  return {
    messageType: 'HISTORY',
    items: page.map(({ mid, frame }) => ({ ...frame, mid })),
    complete: page.length === all.length,
    first: page[0]?.mid,
    last: page.at(-1)?.mid,
  }
}
