/** The handler threw; `name` and `message` are those of what it threw. */
export class HandlerFailed extends Error {
  constructor(name: string, message: string, stack: string | undefined) {
    super(message)
    this.name = name
    if (stack !== undefined) this.stack = stack
  }
}

/** The function's process ended while it was loading its module or running an invoke. */
export class FunctionCrashed extends Error {
  override readonly name = 'FunctionCrashed'

  constructor(functionName: string, how: string) {
    super(`The process of function ${functionName} ended: ${how}`)
  }
}

/** The invoke took longer than the function's timeout, and its process was killed for it. */
export class FunctionTimedOut extends Error {
  override readonly name = 'FunctionTimedOut'

  constructor(functionName: string, timeoutMs: number) {
    super(`Function ${functionName} timed out after ${timeoutMs} ms`)
  }
}

/** All processes that the function may have are busy: Lambda's TooManyRequestsException. */
export class FunctionThrottled extends Error {
  override readonly name = 'FunctionThrottled'

  constructor(functionName: string, maxConcurrency: number) {
    super(`Function ${functionName} already runs ${maxConcurrency} times at once`)
  }
}
