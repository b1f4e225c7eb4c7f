import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What ECS says of a task with one container, as far as anybody here reads it. */
export function taskAt(address: string) {
  return {
    Cluster: 'bridge',
    TaskARN: 'arn:aws:ecs:us-east-1:111122223333:task/bridge/1',
    Containers: [{ Name: 'worker', Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: [address] }] }],
  }
}

/**
 * Stands in for the task metadata endpoint of ECS (version 4) until the test has finished. Returns the environment by
 * which a container finds it.
 */
export async function startTaskMetadata(answer: unknown, { status = 200 } = {}) {
  const server = createServer((request, response) => {
    const found = request.url === '/v4/1/task'
    response.writeHead(found ? status : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ? answer : {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return { ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${port}/v4/1` }
}
