import { openStream, type Stream, type StreamOptions } from '../../worker/xmpp/stream.ts'
import { xml } from '../../worker/xmpp/xml.ts'

/** What a stream is opened with, as far as it fits into a message between processes. */
export type Order = Pick<StreamOptions, 'target' | 'credential' | 'resource' | 'register' | 'resume'>

export type Command =
  | { do: 'open'; order: Order }
  | { do: 'send'; name: string; attributes: Record<string, string>; body?: string }
  | { do: 'handled'; count: number }
  | { do: 'report' }

/*
 * A process of its own that holds one stream for a test: it can be killed as a worker is killed. Commands come, and everything
 * that happens to the stream goes, over the channel of child_process.fork; the other end is RemoteStream.
 */
let stream: Stream | undefined

process.on('message', (command: Command) => void obey(command))
process.on('disconnect', () => process.exit())

async function obey(command: Command): Promise<void> {
  switch (command.do) {
    case 'open':
      return open(command.order)
    case 'send': {
      const body = command.body === undefined ? undefined : xml('body', {}, command.body)
      const number = stream?.send(xml(command.name, command.attributes, body))
      return tell({ event: 'sent', number })
    }
    case 'handled':
      return stream?.handled(command.count)
    case 'report':
      return tell({ event: 'report', state: stream?.resumeState(), credential: stream?.credential() })
  }
}

async function open(order: Order): Promise<void> {
  const opening = await openStream(
    {
      ...order,
      // Each `handled` is told to the server at once, so that a test knows what the server knows.
      limits: { loginTimeoutMs: 15_000, maxStanzaBytes: 262_144, ackEvery: 1 },
      onStanza: (stanza, count) => {
        const delayed = stanza.getChild('delay', 'urn:xmpp:delay') !== undefined
        tell({ event: 'stanza', name: stanza.name, count, body: stanza.getChildText('body'), delayed })
      },
      onAcked: acked => tell({ event: 'acked', acked }),
      onClosed: reason => tell({ event: 'closed', reason }),
    },
    new AbortController().signal,
  )
  if (opening.kind === 'online') stream = opening.stream
  const { kind } = opening
  const online = opening.kind === 'online' ? { resumed: opening.resumed, failedH: opening.failedH } : {}
  const failed =
    opening.kind === 'online'
      ? {}
      : { code: opening.code, cause: 'cause' in opening ? String(opening.cause) : '' }
  tell({ event: 'opened', kind, jid: stream?.jid, ...online, ...failed })
}

function tell(happening: object): void {
  process.send?.(happening)
}
