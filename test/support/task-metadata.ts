import { serveOnLoopback } from './loopback-server.ts'

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
  const url = await serveOnLoopback((request, response) => {
    const found = request.url === '/v4/1/task'
    response.writeHead(found ? status : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ? answer : {}))
  })
  return { ECS_CONTAINER_METADATA_URI_V4: `${url}/v4/1` }
}
