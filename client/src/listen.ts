/// <reference lib="dom" />

type Target = Partial<Pick<EventTarget, 'addEventListener'>>

/** Listens to several events until the returned function is called; a target that is not there, or is no target in this runtime, says nothing. */
export function listen(
  ...listeners: readonly (readonly [Target | undefined, string, (event: Event) => void])[]
): () => void {
  const over = new AbortController()
  for (const [target, type, listener] of listeners) {
    target?.addEventListener?.(type, listener, { signal: over.signal })
  }
  return () => over.abort()
}
