import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Credential, ScramMechanism } from './port.ts'

type ScramCredential = Extract<Credential, { kind: 'scram' }>

/** Servers use 4,096 to 600,000; a hostile one must not keep a core busy for minutes. */
const MAX_ITERATIONS = 1_000_000

const HASHES = {
  'SCRAM-SHA-1': { digest: 'sha1', bytes: 20 },
  'SCRAM-SHA-256': { digest: 'sha256', bytes: 32 },
} as const

/** The server broke the protocol of RFC 5802, or did not prove that it knows the account. */
export class ScramFailed extends Error {
  override name = 'ScramFailed'
}

/** In the thread pool: 3 ms of a core for 10,000 iterations, and none of it on the thread that serves all sessions. */
const deriveKey = promisify(pbkdf2)

/**
 * The client's half of one SCRAM exchange (RFC 5802, RFC 7677), without channel binding. Either with the password, or with the keys that an
 * earlier exchange with it left: they hold only as long as the server keeps the same salt.
 */
export class ScramExchange {
  readonly mechanism: ScramMechanism
  readonly #credential: Credential
  readonly #nonce: string
  #authMessage = ''
  #keys: ScramCredential | undefined
  #proven = false

  constructor(mechanism: ScramMechanism, credential: Credential, nonce = randomBytes(24).toString('base64')) {
    this.mechanism = mechanism
    this.#credential = credential
    this.#nonce = nonce
  }

  /** client-first-message. */
  first(): string {
    return `n,,${this.#firstBare()}`
  }

  /** The answer to a challenge. undefined when our keys are for another salt than the server's: the password has changed. */
  async answer(challenge: string): Promise<string | undefined> {
    const attributes = parseAttributes(challenge)
    // The server may send its signature as a last challenge, with an empty success after it.
    if (this.#keys !== undefined) return this.#prove(attributes)

    const { nonce, salt, iterations } = this.#serverFirst(attributes)
    const keys = await this.#keysFor(salt, iterations)
    if (keys === undefined) return undefined
    this.#keys = keys
    const withoutProof = `c=${base64('n,,')},r=${nonce}`
    this.#authMessage = `${this.#firstBare()},${challenge},${withoutProof}`
    return `${withoutProof},p=${this.#proof(keys)}`
  }

  /** Takes server-final-message, empty when it came as a challenge. Returns the keys for the next login. Throws ScramFailed. */
  finish(final: string): ScramCredential {
    if (!this.#proven) this.#prove(parseAttributes(final))
    if (this.#keys === undefined) throw new ScramFailed('The server let us in without asking')
    return this.#keys
  }

  #firstBare(): string {
    return `n=${escapeName(saslPrepared(this.#credential.username))},r=${this.#nonce}`
  }

  #serverFirst(attributes: Map<string, string>): { nonce: string; salt: string; iterations: number } {
    const nonce = attributes.get('r') ?? ''
    const salt = attributes.get('s') ?? ''
    const iterations = Number(attributes.get('i'))
    if (attributes.has('m')) throw new ScramFailed('The server asks for an extension')
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length)
      throw new ScramFailed('Wrong nonce')
    if (salt === '') throw new ScramFailed('No salt')
    if (!Number.isInteger(iterations) || iterations < 1 || iterations > MAX_ITERATIONS) {
      throw new ScramFailed(`${attributes.get('i')} iterations`)
    }
    return { nonce, salt, iterations }
  }

  async #keysFor(salt: string, iterations: number): Promise<ScramCredential | undefined> {
    const credential = this.#credential
    if (credential.kind === 'scram') {
      return credential.salt === salt && credential.iterations === iterations ? credential : undefined
    }
    const { digest, bytes } = HASHES[this.mechanism]
    const password = saslPrepared(credential.password)
    const salted = await deriveKey(password, Buffer.from(salt, 'base64'), iterations, bytes, digest)
    return {
      kind: 'scram',
      username: credential.username,
      mechanism: this.mechanism,
      salt,
      iterations,
      clientKey: this.#hmac(salted, 'Client Key').toString('base64'),
      serverKey: this.#hmac(salted, 'Server Key').toString('base64'),
    }
  }

  #proof(keys: ScramCredential): string {
    const clientKey = Buffer.from(keys.clientKey, 'base64')
    const storedKey = createHash(HASHES[this.mechanism].digest).update(clientKey).digest()
    const signature = this.#hmac(storedKey, this.#authMessage)
    return Buffer.from(clientKey.map((byte, at) => byte ^ signature.readUInt8(at))).toString('base64')
  }

  /** RFC 5802 3: a server that knows only the name cannot make this signature. */
  #prove(attributes: Map<string, string>): string {
    const serverKey = Buffer.from(this.#keys?.serverKey ?? '', 'base64')
    const expected = this.#hmac(serverKey, this.#authMessage)
    const given = Buffer.from(attributes.get('v') ?? '', 'base64')
    if (this.#keys === undefined || given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new ScramFailed('The server did not prove that it knows the account')
    }
    this.#proven = true
    return ''
  }

  #hmac(key: Buffer, text: string): Buffer {
    return createHmac(HASHES[this.mechanism].digest, key).update(text).digest()
  }
}

function parseAttributes(message: string): Map<string, string> {
  return new Map(message.split(',').map(pair => [pair.slice(0, 1), pair.slice(2)]))
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** RFC 5802 5.1. */
function escapeName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C')
}

/** SASLprep's mappings (RFC 4013 2.1) and normal form (2.2). What it forbids is left for the server to refuse. */
function saslPrepared(text: string): string {
  return text
    .replace(/\p{Zs}/gu, ' ')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFKC')
}
