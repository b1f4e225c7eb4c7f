import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startProsody, type XmppServer } from '../../local/prosody.ts'
import type { Credential, ResumeState } from '../../worker/xmpp/stream.ts'
import { ejabberdAvailable, startEjabberd } from '../support/ejabberd.ts'
import { RemoteStream, type Heard } from '../support/remote-stream.ts'
import { XmppUser } from '../support/xmpp-user.ts'

/*
 * What decides the design of take-over, asked of real servers: may the XEP-0198 count be the number of an event, may `h` come late, and
 * does a process that has nothing but the saved state and the SCRAM keys go on where a killed one stopped?
 */
const servers = [
  { name: 'Prosody', start: startProsody, tooLow: 'session lost', skip: false },
  { name: 'ejabberd', start: startEjabberd, tooLow: 'resumed', skip: !ejabberdAvailable().available },
] as const
