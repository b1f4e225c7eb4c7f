import * as z from 'zod/mini'
import type { WantedWrite } from '../history/session-write.ts'

const text = z.object({ S: z.string() })
const number = z.object({ N: z.coerce.number() })

const put = z.object({ Item: z.object({ sessionId: text, username: text, owner: text, epoch: number }) })
const change = z.object({
  Key: z.object({ sessionId: text }),
  UpdateExpression: z.optional(z.string()),
  ConditionExpression: z.optional(z.string()),
  ExpressionAttributeNames: z.optional(z.record(z.string(), z.string())),
  ExpressionAttributeValues: z.optional(z.record(z.string(), z.unknown())),
})
type Change = z.infer<typeof change>

const claim = z.object({ owner: text, epoch: number })
const condition = z.object({ epoch: z.optional(number) })

/**
 * What a request to the sessions table is meant to do, by its own words ("PutItem", "UpdateItem", "DeleteItem"). Throws a
 * ZodError at what it cannot read: a write that is not understood must not pass for none.
 */
export function wantedWrite(operation: string, request: unknown): WantedWrite {
  if (operation === 'PutItem') return wantedRow(request)
  const read = change.parse(request)
  const { epoch: under } = condition.parse(equalitiesIn(read.ConditionExpression, read))
  const common = { session: read.Key.sessionId.S, ...(under !== undefined && { under: under.N }) }
  if (operation === 'DeleteItem') return { ...common, kind: 'delete' }
  const set = equalitiesIn(read.UpdateExpression, read)
  if (!('owner' in set)) return { ...common, kind: 'change' }
  const { owner, epoch } = claim.parse(set)
  return { ...common, kind: 'claim', owner: owner.S, epoch: epoch.N }
}

function wantedRow(request: unknown): WantedWrite {
  const { sessionId, username, owner, epoch } = put.parse(request).Item
  return { kind: 'create', session: sessionId.S, user: username.S, owner: owner.S, epoch: epoch.N }
}

/** Each attribute with its value of `name = value`: what an update sets, or what a condition asks for. */
function equalitiesIn(
  expression: string | undefined,
  { ExpressionAttributeNames: names, ExpressionAttributeValues: values }: Change,
): Readonly<Record<string, unknown>> {
  const pairs = (expression ?? '').matchAll(/(#?\w+) = (:\w+)/g)
  return Object.fromEntries(
    Array.from(pairs, ([, name = '', value = '']) => [names?.[name] ?? name, values?.[value]]),
  )
}
