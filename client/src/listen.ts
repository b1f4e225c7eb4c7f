/// <reference lib="dom" />

type Target = Pick<EventTarget, 'addEventListener'>

/** Listens to several events until the returned function is called; a target that is not there says nothing. */
export function listen(
  ...listeners: readonly (readonly [Target | undefined, string, (event: Event) => void])[]
): () => void {
  const over = new AbortController()
  for (const [target, type, listener] of listeners) {
    target?.addEventListener(type, listener, { signal: over.signal })
  }
  return () => over.abort()
}
