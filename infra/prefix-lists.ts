/**
 * The prefix list of DynamoDB in each Region ("AWS-managed prefix lists", VPC guide): a Region's id never changes, and
 * CloudFormation has no way to ask for it. As `aws ec2 describe-managed-prefix-lists` shows them; for another Region see
 * the setting DYNAMODB_PREFIX_LIST.
 */
export const dynamoDbPrefixLists: Readonly<Record<string, string>> = {
  'ap-northeast-1': 'pl-78a54011',
  'ap-northeast-2': 'pl-48a54021',
  'ap-south-1': 'pl-66a7420f',
  'ap-southeast-1': 'pl-67a5400e',
  'ap-southeast-2': 'pl-62a5400b',
  'ca-central-1': 'pl-4ea54027',
  'eu-central-1': 'pl-66a5400f',
  'eu-west-1': 'pl-6fa54006',
  'eu-west-2': 'pl-b3a742da',
  'eu-west-3': 'pl-abb451c2',
  'sa-east-1': 'pl-60a54009',
  'us-east-1': 'pl-02cd2c6b',
  'us-east-2': 'pl-4ca54025',
  'us-west-1': 'pl-6ea54007',
  'us-west-2': 'pl-00a54069',
}
