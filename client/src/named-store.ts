import type { Store } from './store.ts'

/** A store that other clients of this device may want as well; its name is what they compete for. */
export interface NamedStore extends Store {
  readonly name: string
}
