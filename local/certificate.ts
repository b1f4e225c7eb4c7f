import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import type { Clock } from '../shared/clock.ts'
import { replaceFile } from './replace-file.ts'

const DAY_MS = 24 * 3_600_000
/** Long enough that a laptop's stack rarely changes certificate, below the 398 days that TLS clients accept. */
const VALID_DAYS = 365
/** A certificate must outlive the stack that is being started with it. */
const RENEW_BEFORE_DAYS = 7

export interface Certificate {
  /** PEM; self-signed, so it is also what a client trusts. */
  cert: string
  certFile: string
  keyFile: string
}

/**
 * The self-signed certificate for an XMPP domain and its parts, kept in `dir` as `<domain>.crt` and `<domain>.key`, and
 * made anew when it is missing, damaged or within 7 days of its end.
 */
export async function certificateFor(dir: string, domain: string, clock: Clock): Promise<Certificate> {
  const certFile = join(dir, `${domain}.crt`)
  const keyFile = join(dir, `${domain}.key`)
  const kept = await readKept(certFile, keyFile, clock.now())
  if (kept) return { cert: kept, certFile, keyFile }

  const made = await makeCertificate(domain, clock.now())
  await mkdir(dir, { recursive: true })
  await replaceFile(keyFile, made.private, 0o600)
  await replaceFile(certFile, made.cert)
  return { cert: made.cert, certFile, keyFile }
}

/** True when the certificate belongs to the key and is good for 7 more days. */
export function isUsable(cert: string, key: string, nowMs: number): boolean {
  try {
    const certificate = new X509Certificate(cert)
    const endsMs = certificate.validToDate.getTime()
    return certificate.checkPrivateKey(createPrivateKey(key)) && endsMs - nowMs > RENEW_BEFORE_DAYS * DAY_MS
  } catch {
    return false
  }
}

async function readKept(certFile: string, keyFile: string, nowMs: number): Promise<string | undefined> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')])
    return isUsable(cert, key, nowMs) ? cert : undefined
  } catch {
    return undefined
  }
}

function makeCertificate(domain: string, nowMs: number) {
  return generate([{ name: 'commonName', value: domain }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(nowMs - DAY_MS),
    notAfterDate: new Date(nowMs + VALID_DAYS * DAY_MS),
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: domain },
          { type: 2, value: `*.${domain}` },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
}
