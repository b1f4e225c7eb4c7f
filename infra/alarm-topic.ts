import { Aws, RemovalPolicy, Stack } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as kms from 'aws-cdk-lib/aws-kms'
import * as sns from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import { acknowledge, type Findings } from './nag.ts'

export interface AlarmTopicProps {
  /** Gets a mail first that has to be confirmed. */
  readonly email: string
}

const findings: Findings = {
  'Serverless-SNSRedrivePolicy':
    'A mail that could not be delivered would wait in a queue that nobody reads; the alarm itself stays in the console.',
}

/**
 * Alarms by e-mail. Encrypted with a key of its own, since CloudWatch may not use the one that AWS has for SNS
 * ("Enable compatibility between event sources from AWS services and encrypted topics", SNS guide).
 */
export class AlarmTopic extends Construct {
  readonly topic: sns.Topic

  constructor(scope: Construct, id: string, { email }: AlarmTopicProps) {
    super(scope, id)
    const key = new kms.Key(this, 'Key', {
      description: 'Encrypts alarms on their way to those who are told',
      enableKeyRotation: true,
      // It encrypts nothing that is kept.
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.topic = new sns.Topic(this, 'Topic', { masterKey: key, enforceSSL: true })
    key.addToResourcePolicy(this.#allow(['kms:Decrypt', 'kms:GenerateDataKey'], '*'))
    // With `enforceSSL` a policy takes the place of the default one, by which the account's alarms may publish.
    this.topic.addToResourcePolicy(this.#allow(['sns:Publish'], this.topic.topicArn))
    this.topic.addSubscription(new EmailSubscription(email))
    acknowledge(this.topic, findings)
  }

  #allow(actions: string[], resource: string): iam.PolicyStatement {
    return new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      actions,
      resources: [resource],
      conditions: {
        StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
        ArnLike: {
          'aws:SourceArn': Stack.of(this).formatArn({ service: 'cloudwatch', resource: 'alarm:*' }),
        },
      },
    })
  }
}
