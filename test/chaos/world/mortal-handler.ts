import { pathToFileURL } from 'node:url'
import { HANDLER_FILE, mortalCall } from './mortal-call.ts'

/** The handler of a function whose process can be told to die when its work is done (`FunctionDeaths`). */

const module: { handler(event: unknown, context: unknown): unknown } = await import(
  pathToFileURL(process.env[HANDLER_FILE] ?? '').href
)

export async function handler(call: unknown, context: unknown): Promise<unknown> {
  const { event, dies } = mortalCall.parse(call)
  const answer = await module.handler(event, context)
  // A process that signals itself does not come back from the call.
  if (dies) process.kill(process.pid, 'SIGKILL')
  return answer
}
