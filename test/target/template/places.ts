import { NotWired } from './resources.ts'
import type { Container } from './tasks.ts'

/** Where on this machine is what a template has elsewhere. */
export interface Places {
  /** Of addresses. */
  readonly addresses: ReadonlyMap<string, string>
  /** Of shared folders, by their access points. */
  readonly folders: ReadonlyMap<string, string>
}

/** The access point of the folder that a container has at a path. @throws NotWired */
export function folderAt({ mounts }: Container, path: string | undefined): string {
  const found = mounts.find(mount => mount.path === path)
  if (found === undefined) throw new NotWired(`Nothing is mounted at ${path}.`)
  return found.folder
}

/**
 * The environment of a container with the places of this machine in it.
 * @throws NotWired for an address or a mounted file that belongs to no other part of the stack.
 */
export function environmentHere(container: Container, places: Places): Record<string, string> {
  const entries = Object.entries(container.environment)
  return Object.fromEntries(entries.map(([name, value]) => [name, placeOf(name, value, container, places)]))
}

function placeOf(name: string, value: string, { mounts }: Container, places: Places): string {
  const mount = mounts.find(({ path }) => value.startsWith(`${path}/`))
  const isAddress = /^\w+:\/\//.test(value)
  if (mount === undefined && !isAddress) return value
  const folder = mount && places.folders.get(mount.folder)
  const place = mount ? folder && `${folder}${value.slice(mount.path.length)}` : places.addresses.get(value)
  if (place === undefined) throw new NotWired(`${name} is ${value}, which is of no other part.`)
  return place
}
