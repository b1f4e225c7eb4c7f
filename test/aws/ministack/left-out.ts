/**
 * The types of resources that MiniStack 1.5.33 does not deploy. To most it says "Unsupported resource type"; of alarms it does
 * not take those that reckon ("metric math is not supported"), and the function behind `Custom::VpcRestrictDefaultSG` needs
 * a client of the SDK that it has no stand-in for.
 */
export const LEFT_OUT: readonly string[] = [
  'Custom::VpcRestrictDefaultSG',
  'AWS::ApplicationAutoScaling::ScalableTarget',
  'AWS::ApplicationAutoScaling::ScalingPolicy',
  'AWS::CloudWatch::Alarm',
  'AWS::EC2::SecurityGroupEgress',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::Logs::QueryDefinition',
]
