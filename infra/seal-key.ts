import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as kms from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'
import type { SealContext } from '../worker/seal/port.ts'
import type { Deployment } from './deployment.ts'

export interface SealKeyProps {
  readonly deployment: Deployment
}

/** The encryption context of `worker/seal/kms.ts`. */
const CONTEXT_KEYS = ['sessionId', 'username'] as const satisfies readonly (keyof SealContext)[]

/**
 * What the account itself may do with the key: look after it. Without the actions that use it, so that no IAM policy
 * anywhere, an administrator's included, opens a credential ("Default key policy", KMS guide, allows `kms:*`).
 */
const CARE = [
  'kms:CancelKeyDeletion',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:DisableKeyRotation',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:ListKeyPolicies',
  'kms:ListKeyRotations',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:RotateKeyOnDemand',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateKeyDescription',
]

/** The key under which the workers seal what logs in again; only they can use it. */
export class SealKey extends Construct {
  readonly key: kms.Key

  constructor(scope: Construct, id: string, { deployment }: SealKeyProps) {
    super(scope, id)
    this.key = new kms.Key(this, 'Key', {
      description: 'Seals the credentials of XMPP sessions',
      enableKeyRotation: true,
      policy: new iam.PolicyDocument({ statements: [care()] }),
      // What it sealed goes with the tables; for so many days a deletion by mistake can be called back (7 to 30).
      pendingWindow: Duration.days(deployment.REMOVAL === 'keep' ? 30 : 7),
      removalPolicy: RemovalPolicy.DESTROY,
    })
  }

  /**
   * Seal and open, with exactly the context of a session's row and no other. In the key's own policy, which is all that
   * counts where it does not hand over to IAM.
   */
  grantToWorkers(role: iam.IRole): void {
    this.key.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'WorkersSealAndOpen',
        principals: [new iam.ArnPrincipal(role.roleArn)],
        actions: ['kms:Encrypt', 'kms:Decrypt'],
        resources: ['*'],
        conditions: boundToRow(),
      }),
    )
  }
}

function care(): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'AccountLooksAfterTheKey',
    principals: [new iam.AccountRootPrincipal()],
    actions: CARE,
    // In a key policy, "*" is this key.
    resources: ['*'],
  })
}

/** Both keys are there (`Null`), and none beside them ("kms:EncryptionContextKeys", KMS guide). */
function boundToRow() {
  return {
    Null: Object.fromEntries(CONTEXT_KEYS.map(key => [`kms:EncryptionContext:${key}`, 'false'])),
    'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': [...CONTEXT_KEYS] },
  }
}
