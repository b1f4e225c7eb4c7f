import { forbiddenCodes } from '../shared/wire/codes.ts'
import type { ErrorFrame, Forbidden, Join, JoinWithToken } from '../shared/wire/frames/session.ts'
import { readUp } from '../shared/wire/read.ts'
import type { UpFrame } from '../shared/wire/up.ts'
import { answer, type Through } from './answer.ts'
import type { Caller } from './caller.ts'
import { sharedDeps, type Deps } from './deps.ts'
import { messageEvent, readEvent } from './events.ts'
import { forward, type Sent } from './forward.ts'
import { settling } from './metrics.ts'
import { join, type JoinOutcome } from './join.ts'
import { errorFrame, forbiddenFrame, unsureFrame } from './replies.ts'
import { resume } from './resume.ts'

/** The `protocol` of a JOIN for which batches are spoken. */
const SEQUENCED_PROTOCOL = 1

interface Sender extends Caller {
  readonly sourceIp: string
}

/** What the function itself answers; undefined when the worker does. `stranger`: to a socket without a session. */
type Reply = { frame: ErrorFrame | Forbidden; through?: Through; stranger?: true } | undefined

/**
 * The `$default` route: whatever a client sends.
 * @throws NoWorkerLeft, AnswerUnsure: the client gets the gateway's own `Internal server error`.
 */
export function makeDefaultHandler(deps: Deps) {
  return settling(deps.meter, async event => {
    const { body, requestContext } = readEvent(messageEvent, event)
    const { connectionId, requestId: traceId, identity } = requestContext
    const bound = { ...deps, log: deps.log.with({ traceId, connectionId }) }
    const sender = { connectionId, traceId, sourceIp: identity.sourceIp }
    const reply = await handle(bound, sender, body ?? '')
    if (reply) {
      deps.meter.count('Refusals', 1, reply.frame.code)
      if (!reply.stranger || deps.strangers.mayHear(connectionId))
        await answer(bound, sender, reply.frame, reply.through)
    }
    return { statusCode: 200 }
  })
}

async function handle(deps: Deps, sender: Sender, body: string): Promise<Reply> {
  const read = readUp(body)
  if (read.ok && 'batch' in read) return handOn(deps, sender, { batch: read.batch })
  if (read.ok) return handleFrame(deps, sender, read.frame)
  // Not at `info`: one client could fill the log.
  deps.log.debug('frame.refused', { code: read.code, characters: body.length })
  return handRefusal(deps, sender, errorFrame(read.code, read.id, read.message))
}

/** Its session says it, and counts it like a frame; where there is none, or none can be reached, the function does. */
async function handRefusal(deps: Deps, sender: Sender, refusal: ErrorFrame): Promise<Reply> {
  const forwarded = await forward(deps, sender, { refusal })
  switch (forwarded.kind) {
    case 'taken':
      deps.meter.count('Refusals', 1, refusal.code)
      return undefined
    case 'not-joined':
      return { frame: refusal, stranger: true }
    case 'try-again':
      return { frame: refusal, through: { except: forwarded.dead } }
    case 'unsure':
      return { frame: refusal }
  }
}

function handleFrame(deps: Deps, sender: Sender, frame: UpFrame): Promise<Reply> {
  return frame.messageType === 'JOIN' ? handleJoin(deps, sender, frame) : handOn(deps, sender, { frame })
}

async function handOn(
  deps: Deps,
  sender: Sender,
  sent: Exclude<Sent, { refusal: ErrorFrame }>,
): Promise<Reply> {
  const forwarded = await forward(deps, sender, sent)
  // A batch has no id, and each of its frames may need the answer.
  const id = 'frame' in sent ? sent.frame.id : undefined
  switch (forwarded.kind) {
    case 'taken':
      return undefined
    case 'not-joined':
      return { frame: errorFrame('not-joined', id), stranger: true }
    case 'try-again':
      return { frame: errorFrame('try-again', id), through: { except: forwarded.dead } }
    case 'unsure':
      // A sequenced client may send again what was taken: the worker knows it by its number.
      return { frame: 'frame' in sent ? unsureFrame(sent.frame) : errorFrame('try-again', id) }
  }
}

async function handleJoin(deps: Deps, sender: Sender, frame: Join | JoinWithToken): Promise<Reply> {
  const { id, protocol } = frame
  if (protocol !== undefined && protocol !== SEQUENCED_PROTOCOL)
    return { frame: unsupportedProtocol(id), stranger: true }
  const outcome = await ('token' in frame ? resume(deps, sender, frame) : signIn(deps, sender, frame))
  switch (outcome.kind) {
    case 'joined':
      return undefined
    case 'forbidden':
      return { frame: forbiddenFrame(outcome, id) }
    case 'try-again':
      return { frame: errorFrame('try-again', id) }
  }
}

function signIn(deps: Deps, sender: Sender, frame: Join): Promise<JoinOutcome> {
  const { id: joinId, username, password, register = false, protocol } = frame
  const mode = protocol === undefined ? 'simple' : 'sequenced'
  return join(deps, { ...sender, username, password, register, joinId, handshake: false, mode })
}

function unsupportedProtocol(id: string | undefined): Forbidden {
  const code = 'unsupported-protocol'
  return forbiddenFrame({ kind: 'forbidden', code, message: forbiddenCodes[code].means }, id)
}

export const handler = (event: unknown) => makeDefaultHandler(sharedDeps())(event)
