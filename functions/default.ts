import { forbiddenCodes } from '../shared/wire/codes.ts'
import type { DownFrame } from '../shared/wire/down.ts'
import type { Join } from '../shared/wire/frames/session.ts'
import { readUpFrame } from '../shared/wire/read.ts'
import type { SessionFrame, UpFrame } from '../shared/wire/up.ts'
import { answer, type Through } from './answer.ts'
import type { Caller } from './caller.ts'
import { sharedDeps, type Deps } from './deps.ts'
import { messageEvent, readEvent } from './events.ts'
import { forward } from './forward.ts'
import { join } from './join.ts'
import { errorFrame, forbiddenFrame, unsureFrame } from './replies.ts'

interface Sender extends Caller {
  readonly sourceIp: string
}

/** What the function itself answers; undefined when the worker does. */
type Reply = { frame: DownFrame; through?: Through } | undefined

/**
 * The `$default` route: every frame of a client.
 * @throws NoWorkerLeft, AnswerUnsure: the client gets the gateway's own `Internal server error`.
 */
export function makeDefaultHandler(deps: Deps) {
  return async (event: unknown) => {
    const { body, requestContext } = readEvent(messageEvent, event)
    const { connectionId, requestId: traceId, identity } = requestContext
    const bound = { ...deps, log: deps.log.with({ traceId, connectionId }) }
    const sender = { connectionId, traceId, sourceIp: identity.sourceIp }
    const reply = await handle(bound, sender, body ?? '')
    if (reply) await answer(bound, sender, reply.frame, reply.through)
    return { statusCode: 200 }
  }
}

async function handle(deps: Deps, sender: Sender, body: string): Promise<Reply> {
  const read = readUpFrame(body)
  if (read.ok) return handleFrame(deps, sender, read.frame)
  // Not at `info`: one client could fill the log.
  deps.log.debug('frame.refused', { code: read.code, characters: body.length })
  const preferred = await deps.routes.rememberedOwner(sender.connectionId)
  return { frame: errorFrame(read.code, read.id, read.message), through: { preferred } }
}

function handleFrame(deps: Deps, sender: Sender, frame: UpFrame): Promise<Reply> {
  return frame.messageType === 'JOIN' ? handleJoin(deps, sender, frame) : handleOther(deps, sender, frame)
}

async function handleOther(deps: Deps, sender: Sender, frame: SessionFrame): Promise<Reply> {
  const forwarded = await forward(deps, sender, frame)
  switch (forwarded.kind) {
    case 'taken':
      return undefined
    case 'not-joined':
      return { frame: errorFrame('not-joined', frame.id) }
    case 'owner-unreachable':
      return { frame: errorFrame('try-again', frame.id), through: { except: forwarded.workerId } }
    case 'unsure':
      return { frame: unsureFrame(frame) }
  }
}

async function handleJoin(deps: Deps, sender: Sender, frame: Join): Promise<Reply> {
  const { id, username, password, register = false, protocol } = frame
  if (protocol !== undefined) return { frame: unsupportedProtocol(id) }
  const outcome = await join(deps, {
    ...sender,
    username,
    password,
    register,
    joinId: id,
    handshake: false,
  })
  switch (outcome.kind) {
    case 'joined':
      return undefined
    case 'forbidden':
      return { frame: forbiddenFrame(outcome, id) }
    case 'try-again':
      return { frame: errorFrame('try-again', id) }
  }
}

function unsupportedProtocol(id: string | undefined): DownFrame {
  const code = 'unsupported-protocol'
  return forbiddenFrame({ kind: 'forbidden', code, message: forbiddenCodes[code].means }, id)
}

export const handler = (event: unknown) => makeDefaultHandler(sharedDeps())(event)
