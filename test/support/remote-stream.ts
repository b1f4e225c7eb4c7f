import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { z } from 'zod'
import type { Credential, ResumeState } from '../../worker/xmpp/stream.ts'
import { Arrivals } from './arrivals.ts'
import type { Command, Order } from './stream-holder.ts'

const heard = z.object({
  event: z.literal('stanza'),
  name: z.string(),
  count: z.number().optional(),
  body: z.string().nullable(),
  delayed: z.boolean(),
})
const opened = z.object({
  event: z.literal('opened'),
  kind: z.enum(['online', 'refused', 'failed']),
  jid: z.string().optional(),
  resumed: z.boolean().optional(),
  failedH: z.number().optional(),
  code: z.string().optional(),
  cause: z.string().optional(),
})
const happening = z.discriminatedUnion('event', [
  heard,
  opened,
  z.object({ event: z.literal('sent'), number: z.number().optional() }),
  z.object({ event: z.literal('acked'), acked: z.number() }),
  z.object({
    event: z.literal('closed'),
    reason: z.object({ kind: z.string(), condition: z.string().optional() }),
  }),
  z.object({
    event: z.literal('report'),
    state: z.custom<ResumeState>(),
    credential: z.custom<Credential>(),
  }),
])
type Happening = z.infer<typeof happening>
export type Heard = z.infer<typeof heard>

/** A stream in a process of its own (stream-holder.ts), as a test sees it. */
export class RemoteStream {
  readonly #process: ChildProcess
  readonly #arrivals: { [E in Happening['event']]: Arrivals<Extract<Happening, { event: E }>> } = {
    stanza: new Arrivals('stanza'),
    opened: new Arrivals('opening'),
    sent: new Arrivals('number'),
    acked: new Arrivals('acknowledgement'),
    closed: new Arrivals('end'),
    report: new Arrivals('report'),
  }

  constructor() {
    this.#process = fork(new URL('stream-holder.ts', import.meta.url))
    this.#process.on('message', message => this.#happened(happening.parse(message)))
  }

  async open(order: Order): Promise<z.infer<typeof opened>> {
    this.#command({ do: 'open', order })
    return this.#arrivals.opened.next()
  }

  /** Sends a stanza; resolves with its number. */
  async send(
    name: string,
    attributes: Record<string, string> = {},
    body?: string,
  ): Promise<number | undefined> {
    this.#command({ do: 'send', name, attributes, ...(body !== undefined && { body }) })
    return (await this.#arrivals.sent.next()).number
  }

  handled(count: number): void {
    this.#command({ do: 'handled', count })
  }

  /** What a successor is given, through JSON, as it would be through a database. */
  async report(): Promise<{ resume: ResumeState; credential: Credential }> {
    this.#command({ do: 'report' })
    const { state, credential } = await this.#arrivals.report.next()
    return { resume: state, credential }
  }

  /** The next messages with a body, as many as asked for. */
  async messages(howMany: number): Promise<Heard[]> {
    const found: Heard[] = []
    while (found.length < howMany) {
      const stanza = await this.#arrivals.stanza.next()
      if (stanza.body !== null) found.push(stanza)
    }
    return found
  }

  /** Resolves once the server has acknowledged this many of ours. */
  async acked(count: number): Promise<void> {
    while ((await this.#arrivals.acked.next()).acked < count);
  }

  async closed(): Promise<{ kind: string; condition?: string | undefined }> {
    return (await this.#arrivals.closed.next()).reason
  }

  /** As a machine dies: no goodbye, no last write. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    this.#process.kill('SIGKILL')
    await once(this.#process, 'exit')
  }

  #command(command: Command): void {
    this.#process.send(command)
  }

  #happened(what: Happening): void {
    switch (what.event) {
      case 'stanza':
        return this.#arrivals.stanza.push(what)
      case 'opened':
        return this.#arrivals.opened.push(what)
      case 'sent':
        return this.#arrivals.sent.push(what)
      case 'acked':
        return this.#arrivals.acked.push(what)
      case 'closed':
        return this.#arrivals.closed.push(what)
      case 'report':
        return this.#arrivals.report.push(what)
    }
  }
}
