import type { Element } from './xml.ts'

/** No TCP connection came about. */
export class Unreachable extends Error {
  override name = 'Unreachable'
}

/** The handshake failed, or the certificate is not good for the domain. */
export class TlsFailed extends Error {
  override name = 'TlsFailed'
}

/** The server did something that the step of the login does not know. */
export class UnexpectedAnswer extends Error {
  override name = 'UnexpectedAnswer'
  constructor(answer: Element, expected: string) {
    super(`Expected ${expected}, got <${answer.name}/>`)
  }
}

/** The server refused a login in a way that says nothing about the password: later it may well succeed. */
export class LoginFailed extends Error {
  override name = 'LoginFailed'
}
