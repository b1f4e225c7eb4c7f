import { Stack } from 'aws-cdk-lib'
import * as logs from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'

export interface QueriesProps {
  /** Of functions, workers and stage, and of the XMPP server where it is the stack's own. */
  readonly logGroups: readonly logs.ILogGroup[]
}

interface Saved {
  readonly id: string
  readonly name: string
  readonly lines: readonly string[]
  readonly parameters?: readonly { readonly name: string; readonly description: string }[]
}

/**
 * Functions and the stage say in `event` what happened, workers in `msg`; ids have the same names everywhere, but that the
 * stage calls the trace id `requestId`, as the gateway does that gives it. Lines that are not JSON, like those of an XMPP
 * server, have nothing but their text.
 */
const FIELDS =
  'fields @timestamp, coalesce(event, msg, errorType, @message) as what, coalesce(outcome, held, code, status) as result, level, coalesce(traceId, requestId) as trace, sessionId, connectionId, workerId, coalesce(error, err.message) as cause'

const queries: readonly Saved[] = [
  {
    id: 'Message',
    name: 'one message by its trace id',
    lines: [FIELDS, 'filter coalesce(traceId, requestId) = "{{traceId}}"', 'sort @timestamp asc'],
    parameters: [
      {
        name: 'traceId',
        description:
          'The requestId of the gateway, as `Internal server error` frames and all log lines show it. What is done for each frame is logged with LOG_LEVEL=debug.',
      },
    ],
  },
  {
    id: 'Session',
    name: 'one session or socket',
    lines: [FIELDS, 'filter sessionId = "{{id}}" or connectionId = "{{id}}"', 'sort @timestamp asc'],
    parameters: [{ name: 'id', description: 'A session id (`s_…`) or a connection id.' }],
  },
  {
    id: 'Trouble',
    name: 'what went wrong',
    // Workers log the numbers of pino: 40 is a warning. Prosody has the level between two tabs.
    lines: [
      FIELDS,
      String.raw`filter level in ["warn", "error", "WARN", "ERROR", "FATAL"] or level >= 40 or ispresent(errorType) or @message like /\t(warn|error)\t/`,
      'sort @timestamp desc',
      'limit 200',
    ],
  },
]

/** Saved queries of CloudWatch Logs Insights, in a folder of the deployment's name. */
export class Queries extends Construct {
  constructor(scope: Construct, id: string, { logGroups }: QueriesProps) {
    super(scope, id)
    const { stackName } = Stack.of(this)
    for (const { id: queryId, name, lines, parameters } of queries)
      new logs.CfnQueryDefinition(this, queryId, {
        name: `${stackName}/${name}`,
        queryString: lines.join('\n| '),
        logGroupNames: logGroups.map(group => group.logGroupName),
        ...(parameters && { parameters: [...parameters] }),
      })
  }
}
