/**
 * One JSON line per request ("Set up logging for WebSocket APIs", API Gateway guide). No variable there shows a header,
 * a query or a body, so no secret can get in. `requestId` is the trace id of functions and workers. Short, since it is
 * billed by size and there is one line for each frame.
 */
export const ACCESS_LOG = JSON.stringify({
  time: '$context.requestTimeEpoch',
  requestId: '$context.requestId',
  connectionId: '$context.connectionId',
  event: '$context.eventType',
  status: '$context.status',
  sourceIp: '$context.identity.sourceIp',
  integrationStatus: '$context.integrationStatus',
  integrationLatency: '$context.integrationLatency',
  error: '$context.error.responseType',
})
