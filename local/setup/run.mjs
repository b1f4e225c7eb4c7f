/** Running programs for the set-up: one line of progress each, the last lines kept for when they fail. */
import { spawn } from 'node:child_process'
import { setInterval as every } from 'node:timers/promises'

/** Enough to see why a package manager gave up. */
const LINES_KEPT = 15

/** Set-up cannot go on; the message is a sentence for people. */
export class Refusal extends Error {
  constructor(sentence, exitCode = 1) {
    super(sentence)
    this.name = 'Refusal'
    this.exitCode = exitCode
  }
}

export function say(text) {
  console.log(`setup: ${text}`)
}

/**
 * Runs a program to its end. Resolves with whether its exit code was 0, and its last lines. One that takes longer than
 * `withinMs` is ended, and `late` says so.
 */
export function run([command, ...args], env = process.env, { withinMs } = {}) {
  return new Promise(resolve => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: withinMs })
    const lines = []
    const keep = chunk => lines.push(...String(chunk).split('\n').filter(Boolean))
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const end = code =>
      resolve({
        ok: code === 0,
        late: withinMs !== undefined && child.killed,
        output: lines.slice(-LINES_KEPT).join('\n'),
      })
    child.on('error', error => {
      lines.push(error.message)
      end(1)
    })
    child.on('close', end)
  })
}

/** Shows `text` and the seconds that pass while `work` goes on. */
export async function withProgress(text, work) {
  const done = new AbortController()
  const started = Date.now()
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`
  process.stdout.write(`setup: ${text} …`)
  const ticking = process.stdout.isTTY
    ? tick(() => `\rsetup: ${text} … ${seconds()}`, done.signal)
    : undefined
  const result = await work
  done.abort()
  await ticking
  process.stdout.write(
    `${process.stdout.isTTY ? `\rsetup: ${text} …` : ''} ${result.ok ? seconds() : 'failed'}\n`,
  )
  return result
}

async function tick(line, signal) {
  try {
    for await (const _ of every(1000, undefined, { signal })) process.stdout.write(line())
  } catch {
    // Aborted: the work is done.
  }
}
