import * as z from 'zod/mini'
import { PASSWORD } from '../users.ts'
import { TalkFailed, TextSocket } from './socket.ts'
import type { Talker } from './talker.ts'

/** A page's socket to the bridge. */
export class WebTalker implements Talker {
  readonly username: string
  onText: (text: string) => void = () => undefined
  readonly #socket: TextSocket

  private constructor(socket: TextSocket, username: string) {
    this.#socket = socket
    this.username = username
    socket.onText = text => this.#hear(text)
  }

  /** Opens a socket that has not joined. */
  static async connect(url: string, username: string): Promise<WebTalker> {
    return new WebTalker(await TextSocket.open(url), username)
  }

  /** Resolves with JOIN_SUCCESS. Rejects with TalkFailed for any other answer. */
  async join(): Promise<void> {
    const answer = this.#socket.next(() => true)
    this.#socket.send(JSON.stringify({ messageType: 'JOIN', username: this.username, password: PASSWORD }))
    const text = await answer
    if (readFrame(text)?.messageType !== 'JOIN_SUCCESS')
      throw new TalkFailed(`JOIN was answered with ${text.slice(0, 200)}`)
  }

  send(to: string, text: string): void {
    this.#socket.send(JSON.stringify({ messageType: 'NEW_MESSAGE', to, content: text }))
  }

  close(): Promise<void> {
    return this.#socket.close()
  }

  #hear(text: string): void {
    const frame = readFrame(text)
    // The gateway's own words have no messageType.
    if (frame === undefined || frame.messageType === 'ERROR')
      throw new TalkFailed(`The bridge said ${text.slice(0, 200)}`)
    if (frame.messageType === 'NEW_MESSAGE') this.onText(frame.content ?? '')
  }
}

const frame = z.object({ messageType: z.string(), content: z.optional(z.string()) })

function readFrame(text: string): z.infer<typeof frame> | undefined {
  return frame.safeParse(JSON.parse(text)).data
}
