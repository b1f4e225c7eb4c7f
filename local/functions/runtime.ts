import { pathToFileURL } from 'node:url'
import { systemClock } from '../../shared/clock.ts'
import type { ChildMessage, InvokeRequest } from './protocol.ts'

// The entry of a function's child process, as a Lambda runtime: loads the module named on the command line,
// then runs its handler for each message of the parent, which sends one at a time.

type Handler = (event: unknown, context: unknown) => unknown

async function loadHandler(modulePath: string): Promise<Handler> {
  const module: Record<string, unknown> = await import(pathToFileURL(modulePath).href)
  if (typeof module['handler'] !== 'function')
    throw new TypeError(`${modulePath} exports no function "handler"`)
  return module['handler'] as Handler
}

async function run(handler: Handler, request: InvokeRequest): Promise<ChildMessage> {
  const deadlineMs = systemClock.monotonic() + request.timeoutMs
  const context = {
    awsRequestId: request.requestId,
    functionName: request.functionName,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadlineMs - systemClock.monotonic())),
  }
  try {
    const value = await handler(request.event, context)
    // As in Lambda, nothing is `null`, and what JSON cannot carry is the handler's failure.
    return { kind: 'result', value: JSON.parse(JSON.stringify(value ?? null)) }
  } catch (error) {
    return failure(error)
  }
}

function failure(thrown: unknown): ChildMessage {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  return { kind: 'error', name: error.name, message: error.message, stack: error.stack }
}

function tell(message: ChildMessage): void {
  process.send?.(message)
}

// A parent that dies without a word must not leave its functions behind.
process.on('disconnect', () => process.exit())
// Ctrl-C reaches every process of a terminal; only the parent knows when the last function has run.
process.on('SIGINT', () => {})

const handler = await loadHandler(process.argv[2] ?? '')
process.on('message', (request: InvokeRequest) => void run(handler, request).then(tell))
tell({ kind: 'ready' })
