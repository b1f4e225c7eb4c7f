/** A new id of what a device sends: its name first, by which the archive's copy is known as one of its own. */
export function idOf(device: string): string {
  return `${device}-${newId()}`
}

/** 128 random bits, or 32 for each word. `crypto.randomUUID` is only there in secure contexts. */
export function newId(words = 4): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(words)), word => word.toString(36)).join('-')
}
