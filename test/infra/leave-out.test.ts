import { expect, test } from 'vitest'
import { typesToLeaveOut } from '../../infra/leave-out.ts'

test.each([
  ['', []],
  [' , ', []],
  ['AWS::EC2::EIP', ['AWS::EC2::EIP']],
  ['AWS::EC2::EIP, AWS::SNS::Topic,', ['AWS::EC2::EIP', 'AWS::SNS::Topic']],
])(
  '[ST13] the types to leave out of a stack are separated by commas, and none in between: "%s"',
  (setting, types) => {
    expect([...typesToLeaveOut({ LEAVE_OUT: setting })]).toEqual(types)
  },
)
