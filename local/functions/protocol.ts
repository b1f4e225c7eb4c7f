/** Parent to child: run the handler once. */
export interface InvokeRequest {
  requestId: string
  functionName: string
  timeoutMs: number
  event: unknown
}

/** Child to parent. `ready` comes once, when the module has been loaded. */
export type ChildMessage =
  | { kind: 'ready' }
  | { kind: 'result'; value: unknown }
  | { kind: 'error'; name: string; message: string; stack?: string }
