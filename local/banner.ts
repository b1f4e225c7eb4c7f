import type { ProsodyServer } from './prosody.ts'
import type { Stack } from './stack.ts'

/** What a person wants to know once everything runs. */
export function runningBlock({ gateway }: Stack, prosody: ProsodyServer | undefined): string {
  const xmpp =
    prosody === undefined
      ? []
      : [
          `  XMPP         ${prosody.host}:${prosody.port}, domain ${prosody.domain}: any XMPP client can sign in here too`,
        ]
  return [
    '',
    'Stanzagate is running.',
    '',
    `  WebSocket    ${gateway.url}`,
    `  Two people   ${gateway.managementEndpoint}/`,
    ...xmpp,
    '',
    `  Try it       npx wscat -c ${gateway.url} --auth sergio:pass`,
    '               {"messageType":"NEW_MESSAGE","to":"jose","content":"hello"}',
    '',
    'Ctrl-C stops everything; accounts and messages stay.',
  ].join('\n')
}
