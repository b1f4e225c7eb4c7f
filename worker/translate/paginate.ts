/**
 * Deals items out to pages whose bytes together stay within `room`; an item larger than that has a page for itself. There is
 * always one page, if only an empty one.
 */
export function paginate<Item>(
  items: readonly Item[],
  bytesOf: (item: Item) => number,
  room: number,
): Item[][] {
  const pages: Item[][] = []
  let page: Item[] = []
  let bytes = 0
  for (const item of items) {
    const more = bytesOf(item)
    if (page.length > 0 && bytes + more > room) {
      pages.push(page)
      page = []
      bytes = 0
    }
    page.push(item)
    bytes += more
  }
  return [...pages, page]
}

/** Which of how many frames one is, when there are more than one. */
export function partOf(index: number, pages: readonly unknown[]): { readonly part?: [number, number] } {
  return pages.length > 1 ? { part: [index + 1, pages.length] } : {}
}

/** Room for the largest `part`; nothing has more pages. */
export const WIDEST_PART = [99_999, 99_999] satisfies [number, number]
