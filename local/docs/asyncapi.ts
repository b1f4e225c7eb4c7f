import { WIRE_VERSION } from '../../shared/wire/version.ts'
import { wireMessages, type Direction } from './schema.ts'

/** Where the schemas are, seen from docs/. */
export const SCHEMA_FILE = 'stanzagate.schema.json'

const SOCKET = '#/channels/socket'

/** AsyncAPI 3.0, told by the bridge: it receives what clients send. The schemas stay in their own file. */
export function asyncApi(): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Stanzagate',
      version: WIRE_VERSION,
      description:
        'JSON over one WebSocket, and a real XMPP session behind it. PROTOCOL.md says what the frames mean and in which order they come.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: { bridge },
    channels: {
      socket: {
        address: '/',
        title: 'The one socket of a client',
        servers: [{ $ref: '#/servers/bridge' }],
        messages: Object.fromEntries(
          wireMessages.map(({ name }) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: { ws: { method: 'GET', headers: handshake, bindingVersion: '0.1.0' } },
      },
    },
    operations: {
      receive: operation('receive', 'up', 'What a client sends.'),
      send: operation('send', 'down', 'What the bridge sends.'),
    },
    components: {
      messages: Object.fromEntries(wireMessages.map(message => [message.name, describe(message)])),
      securitySchemes: {
        join: { type: 'userPassword', description: 'A JOIN with a name and a password, or with a token.' },
        basic: { type: 'http', scheme: 'basic', description: 'In the handshake, instead of a JOIN.' },
      },
    },
  }
}

const bridge = {
  host: '{host}',
  pathname: '/{stage}',
  protocol: 'wss',
  description: 'The WebSocket API of a deployment.',
  variables: {
    host: { description: 'The address that `cdk deploy` prints.', default: 'chat.example.org' },
    stage: { description: 'The stage of the API; empty with a domain of its own.', default: '' },
  },
  security: [{ $ref: '#/components/securitySchemes/join' }, { $ref: '#/components/securitySchemes/basic' }],
}

const handshake = {
  type: 'object',
  properties: {
    Origin: { type: 'string', description: 'A web page must come from an allowed origin.' },
    'Sec-WebSocket-Protocol': { type: 'string', enum: ['stanzagate.v1'] },
  },
}

function operation(action: 'send' | 'receive', direction: Direction, summary: string): object {
  const own = wireMessages.filter(message => message.direction === direction)
  return {
    action,
    summary,
    channel: { $ref: SOCKET },
    messages: own.map(({ name }) => ({ $ref: `${SOCKET}/messages/${name}` })),
  }
}

function describe({ name, summary }: { readonly name: string; readonly summary: string }): object {
  return {
    name,
    summary,
    payload: {
      schemaFormat: 'application/schema+json;version=draft-2020-12',
      schema: { $ref: `./${SCHEMA_FILE}#/$defs/${name}` },
    },
  }
}
