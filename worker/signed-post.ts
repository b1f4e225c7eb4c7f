import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'

/** Resolves with the HTTP status. Rejects when no answer came. */
export type SignedPost = (connectionId: string, data: string) => Promise<number>

/**
 * `POST /@connections/{id}` by the signer and the HTTP handler of the SDK's client, with its credentials, agents and
 * timeouts. A post has a fixed address, no parameters, no retries and an answer without a body, so it needs nothing of the
 * rest of the client's middleware, which would double the time of the worker that a post takes (measured by bench/).
 */
export function makeSignedPost(client: ApiGatewayManagementApiClient, endpoint: string): SignedPost {
  const { protocol, host, hostname, port, pathname } = new URL(endpoint)
  const connections = `${pathname.replace(/\/$/, '')}/@connections`
  const signing = client.config.signer()
  // A worker without a region starts nevertheless, and each of its posts says so.
  signing.catch(() => undefined)
  return async (connectionId, data) => {
    const signer = await signing
    const request = await signer.sign({
      method: 'POST',
      protocol,
      hostname,
      ...(port !== '' && { port: Number(port) }),
      path: `${connections}/${encodeURIComponent(connectionId)}`,
      query: {},
      headers: { host, 'content-type': 'application/octet-stream' },
      body: data,
    })
    const { response } = await client.config.requestHandler.handle(request)
    // A body that is not read would keep its socket from the next post.
    response.body.resume()
    return response.statusCode
  }
}
