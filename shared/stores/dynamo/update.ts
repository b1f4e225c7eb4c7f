/** The parts of an update that changes some attributes and leaves the others. */
export interface PartialUpdate {
  /** Undefined when nothing changes: the request then only checks its condition. */
  readonly expression: string | undefined
  readonly names: Readonly<Record<string, string>>
  readonly values: Readonly<Record<string, unknown>>
}

/**
 * Sets each attribute that has a value and takes off each that is named with undefined. Placeholders begin with `#set_`
 * and `:set_`, apart from those of a condition.
 */
export function partialUpdate(change: Readonly<Record<string, unknown>>): PartialUpdate {
  const keys = Object.keys(change)
  const kept = keys.filter(key => change[key] !== undefined)
  const gone = keys.filter(key => change[key] === undefined)
  const clauses = [
    ...(kept.length > 0 ? [`SET ${kept.map(key => `${name(key)} = ${value(key)}`).join(', ')}`] : []),
    ...(gone.length > 0 ? [`REMOVE ${gone.map(name).join(', ')}`] : []),
  ]
  return {
    expression: clauses.length > 0 ? clauses.join(' ') : undefined,
    names: Object.fromEntries(keys.map(key => [name(key), key])),
    values: Object.fromEntries(kept.map(key => [value(key), change[key]])),
  }
}

function name(key: string): string {
  return `#set_${key}`
}

function value(key: string): string {
  return `:set_${key}`
}
