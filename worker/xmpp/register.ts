import { UnexpectedAnswer } from './errors.ts'
import { condition, type Wire } from './wire.ts'
import { xml } from './xml.ts'

const NS_REGISTER = 'jabber:iq:register'
const ID = 'register'

export type Registration = 'registered' | 'account-exists' | 'registration-refused'

/** Makes an account before the login, on the same stream (XEP-0077 3.1). */
export async function register(
  wire: Wire,
  domain: string,
  username: string,
  password: string,
): Promise<Registration> {
  const query = xml(
    'query',
    { xmlns: NS_REGISTER },
    xml('username', {}, username),
    xml('password', {}, password),
  )
  wire.write(xml('iq', { type: 'set', id: ID, to: domain }, query).toString())
  const answer = await wire.next()
  if (answer.name !== 'iq' || answer.attrs.id !== ID)
    throw new UnexpectedAnswer(answer, 'the answer to a registration')
  if (answer.attrs.type === 'result') return 'registered'
  const error = answer.getChild('error')
  return error !== undefined && condition(error) === 'conflict' ? 'account-exists' : 'registration-refused'
}
