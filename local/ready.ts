import { connect } from 'node:net'
import { sleep, type Clock } from '../shared/clock.ts'
import { startFailure, type ServerProcess } from './server-process.ts'

/** Short beside the 90 ms that Prosody needs at best, long enough to cost nothing. */
const TRY_EVERY_MS = 15

export interface Readiness {
  port: number
  domain: string
  withinMs: number
  /** Whoever finds out that the start is in vain aborts this with the error to throw. */
  trouble: AbortController
  clock: Clock
}

/**
 * Resolves when the XMPP server that runs as `child` takes logins. Otherwise nothing is left running, and what is thrown
 * is the reason of `trouble`, or ServerFailed with the last lines of a server that ended or was not ready in time.
 */
export async function untilReady(child: ServerProcess, wanted: Readiness): Promise<void> {
  const { port, domain, withinMs, trouble, clock } = wanted
  const fail = (what: string) => trouble.abort(startFailure(child, what))
  const cancel = clock.after(withinMs, () => fail(`was not ready after ${withinMs / 1000} s`))
  void child.silent
    .then(() => child.exited)
    .then(code => fail(`ended at once (${code === null ? 'by a signal' : `exit code ${code}`})`))
  try {
    while (!(await offersFeatures(port, domain, trouble.signal))) {
      await sleep(clock, TRY_EVERY_MS, trouble.signal)
      trouble.signal.throwIfAborted()
    }
    trouble.signal.throwIfAborted()
  } catch (error) {
    await child.stop()
    throw error
  } finally {
    cancel()
  }
}

/** True when the loopback port answers a stream header with `</stream:features>` (RFC 6120, 4.3.2). */
function offersFeatures(port: number, domain: string, signal: AbortSignal): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port, signal })
    const finish = (ready: boolean) => {
      socket.destroy()
      resolve(ready)
    }
    let received = ''
    socket.on('connect', () => socket.write(streamHeader(domain)))
    socket.on('data', chunk => {
      received += chunk.toString('latin1')
      if (received.includes('</stream:features>')) socket.end('</stream:stream>', () => finish(true))
    })
    socket.on('error', () => finish(false))
    socket.on('close', () => finish(false))
  })
}

function streamHeader(domain: string): string {
  const attributes = `xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'`
  return `<?xml version='1.0'?><stream:stream to='${domain}' ${attributes}>`
}
