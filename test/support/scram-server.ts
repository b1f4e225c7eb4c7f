import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'

export interface ScramAccount {
  mechanism: 'SCRAM-SHA-1' | 'SCRAM-SHA-256'
  password: string
  salt: Buffer
  iterations: number
}

/** The server's half of one SCRAM exchange (RFC 5802), in one function a message. */
export class ScramServer {
  readonly #account: ScramAccount
  readonly #digest: string
  #first = ''
  #challenge = ''

  constructor(account: ScramAccount) {
    this.#account = account
    this.#digest = account.mechanism === 'SCRAM-SHA-1' ? 'sha1' : 'sha256'
  }

  /** client-first-message in, server-first-message out. */
  challenge(clientFirst: string, nonce = 'server-nonce'): string {
    this.#first = clientFirst.replace(/^n,,/, '')
    const clientNonce = /r=([^,]*)/.exec(this.#first)?.[1] ?? ''
    const { salt, iterations } = this.#account
    this.#challenge = `r=${clientNonce}${nonce},s=${salt.toString('base64')},i=${iterations}`
    return this.#challenge
  }

  /** client-final-message in, server-final-message out; undefined when the password is wrong. */
  final(clientFinal: string): string | undefined {
    const [withoutProof = '', proof = ''] = clientFinal.split(',p=')
    const authMessage = `${this.#first},${this.#challenge},${withoutProof}`
    const salted = this.#salted()
    const clientKey = this.#hmac(salted, 'Client Key')
    const signature = this.#hmac(createHash(this.#digest).update(clientKey).digest(), authMessage)
    const expected = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0)))
    const given = Buffer.from(proof, 'base64')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    return `v=${this.#hmac(this.#hmac(salted, 'Server Key'), authMessage).toString('base64')}`
  }

  #salted(): Buffer {
    const { password, salt, iterations } = this.#account
    return pbkdf2Sync(password, salt, iterations, this.#digest === 'sha1' ? 20 : 32, this.#digest)
  }

  #hmac(key: Buffer, text: string): Buffer {
    return createHmac(this.#digest, key).update(text).digest()
  }
}
