import * as z from 'zod/mini'
import { jsonOrNothing } from '../../../local/json.ts'
import { callAws, CallRefused, type Call } from '../aws-call.ts'
import type { Outcome } from '../outcome.ts'

/** What the bridge needs and this release is asked for, so that the table shows its own answer. */
const ASKED: readonly (Call & { readonly part: string })[] = [
  { part: 'Routes (API Gateway WebSocket)', service: 'apigateway', method: 'GET', path: '/v2/apis' },
  { part: 'Pushes (@connections)', service: 'execute-api', method: 'GET', path: '/@connections/none' },
  {
    part: 'Workers (ECS)',
    service: 'ecs',
    target: 'AmazonEC2ContainerServiceV20141113.ListClusters',
    body: {},
  },
]

/** What runs functions is no answer but a download and a Docker engine, and comes in a part that is not installed. */
const FUNCTIONS: Outcome = {
  part: 'Functions (Lambda)',
  kind: 'skipped',
  detail: 'runs them in Docker containers only',
}

/** The parts of the bridge that this LocalStack has not, each with what it says about them. */
export async function unavailable(endpoint: string): Promise<Outcome[]> {
  const asked = await Promise.all(
    ASKED.map(
      async ({ part, ...call }) =>
        ({ part, kind: 'skipped', detail: await answerTo(endpoint, call) }) as const,
    ),
  )
  return [...asked, FUNCTIONS]
}

async function answerTo(endpoint: string, call: Call): Promise<string> {
  try {
    await callAws(endpoint, call)
    return 'it answers, and no suite here asks more of it'
  } catch (error) {
    if (error instanceof CallRefused) return `${error.status}: ${messageIn(error.body)}`
    throw error
  }
}

/** In AWS's JSON protocols an error has a message. */
function messageIn(body: string): string {
  const read = z.object({ message: z.string() }).safeParse(jsonOrNothing(body))
  return read.success ? read.data.message : body
}
