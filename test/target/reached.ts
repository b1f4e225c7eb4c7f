import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Account, XmppAddress } from './target.ts'

/** A bridge as its clients know it. As a rule nothing else of it is known, so it may run anywhere. */
export interface Reached {
  readonly url: string
  readonly domain: string
  readonly xmpp: XmppAddress | undefined
  /** Those there are, in place of new ones. */
  readonly accounts?: readonly Account[]
  /** Where a deployment has made tables that tests may look into. */
  readonly tables?: { readonly client: DynamoDBDocumentClient; readonly prefix: string }
  stop(): Promise<void>
}

/** A test asks for what its target has not; `parts.ts` should have kept it away. */
export class NotReached extends Error {
  override readonly name = 'NotReached'
}
