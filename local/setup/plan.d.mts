/** Types of plan.mjs, which is plain JavaScript because it runs before anything is installed. */
export type Server = 'prosody' | 'ejabberd' | 'chromium' | 'java'
export type Manager = 'apt' | 'brew' | 'dnf' | 'pacman' | 'apk'
export type Sentence = { kind: 'refuse' | 'skip'; sentence: string }

export const LEAST_MAJOR: number
export const WANTED_MAJOR: number
export function packagesOf(server: Server): { title: string; apt: string[] }
export function majorOf(version: string): number
export function staleReason(lockText: string, installedText: string | undefined): string | undefined
export function nodeDecision(facts: {
  version: string
  platform: NodeJS.Platform
  arch: string
  binary: string
  installed: boolean
}): { kind: 'go' | 'install' | 'link' | 'unlink' } | { kind: 'refuse'; sentence: string }
export function nodePackage(platform: NodeJS.Platform, arch: string): string | undefined
export function serverDecision(facts: {
  server: Server
  manager: Manager | undefined
  isRoot: boolean
  canSudo: boolean
  optional: boolean
}): { kind: 'apt'; sudo: boolean } | { kind: 'brew'; command: string[] } | Sentence
export function missing(facts: {
  server: Server
  manager: Manager | undefined
  optional: boolean
  because?: string
}): Sentence
export function prosodyRefusal(version: string | undefined): string | undefined
export function npmEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv
export function npmCommand(env: NodeJS.ProcessEnv): string[]
