import { expect, test } from 'vitest'
import { callAws, type Call } from '../aws/aws-call.ts'

/** What the bridge needs and the last LocalStack without a token has not. A release that has it can run more of the suite. */

const endpoint = process.env['AWS_ENDPOINT_URL'] ?? ''

const ASKED: readonly (readonly [string, Call])[] = [
  ['routes (API Gateway WebSocket)', { service: 'apigateway', method: 'GET', path: '/v2/apis' }],
  ['pushes (@connections)', { service: 'execute-api', method: 'GET', path: '/@connections/none' }],
  ['workers (ECS)', { service: 'ecs', target: 'AmazonEC2ContainerServiceV20141113.ListClusters', body: {} }],
]

test.each(ASKED)('[LS1] it refuses to do %s', async (_, call) => {
  await expect(callAws(endpoint, call)).rejects.toMatchObject({ name: 'CallRefused' })
})
