/** The value of a line of JSON; undefined when it is something else. */
export function jsonOrNothing(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
