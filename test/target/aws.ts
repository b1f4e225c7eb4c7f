import { JoinRefused, WebUser } from '../support/web-user.ts'
import type { Reached } from './reached.ts'
import { BadTarget, type Account, type AwsTarget } from './target.ts'

/**
 * A bridge that runs somewhere. Each account signs in once and out again, so that one that is missing is made where
 * that is allowed, and one that is wrong is named before any test fails of it.
 * @throws BadTarget
 */
export async function reachAws({ url, domain, xmpp, accounts }: AwsTarget): Promise<Reached> {
  for (const account of accounts) await prove(url, account)
  return { url, domain, xmpp, accounts, stop: () => Promise.resolve() }
}

async function prove(url: string, { username, password }: Account): Promise<void> {
  try {
    const user = await WebUser.connect(url)
    await user.join(username, password)
    user.send({ messageType: 'LEAVE' })
    await user.closed
  } catch (cause) {
    const why = cause instanceof JoinRefused ? JSON.stringify(cause.frame) : String(cause)
    throw new BadTarget(`The account ${username} cannot sign in at ${url}: ${why}`, { cause })
  }
}
