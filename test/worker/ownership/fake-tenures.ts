import type { Handover } from '../../../shared/handoff/schemas.ts'
import type { SessionRow, Tenure } from '../../../shared/stores/sessions.ts'
import type { Tenures } from '../../../worker/sessions-api.ts'

export const EMPTY_HANDOVER: Handover = {
  up: { last: 0, acked: 0, ids: [] },
  outbound: { acked: 0, unacked: [], frames: [] },
  seen: [],
  requests: [],
}

/** Sessions that are nothing but their tenure. */
export class FakeTenures implements Tenures {
  readonly held = new Map<string, Tenure>()
  readonly adopted: { readonly row: SessionRow; readonly handover: Handover | undefined }[] = []
  readonly lost: string[] = []
  /** Handing one of these over never comes to an end. */
  readonly hanging = new Set<string>()
  /** Adopting takes until this resolves. */
  adopting: Promise<void> = Promise.resolve()
  taking = true

  get count(): number {
    return this.held.size
  }

  ids(): readonly string[] {
    return [...this.held.keys()]
  }

  tenure(sessionId: string): Tenure | undefined {
    return this.held.get(sessionId)
  }

  hold({ sessionId, owner, epoch }: Tenure): void {
    this.held.set(sessionId, { sessionId, owner, epoch })
  }

  adopt(row: SessionRow, handover?: Handover): Promise<void> {
    this.adopted.push({ row, handover })
    this.hold(row)
    return this.adopting
  }

  renewed(sessionId: string, epoch: number): void {
    const tenure = this.held.get(sessionId)
    if (tenure !== undefined) this.held.set(sessionId, { ...tenure, epoch })
  }

  lose(sessionId: string): void {
    this.held.delete(sessionId)
    this.lost.push(sessionId)
  }

  async handOver(
    sessionId: string,
    give: (tenure: Tenure, handover: Handover) => Promise<boolean>,
  ): Promise<boolean> {
    const tenure = this.held.get(sessionId)
    if (tenure === undefined) return false
    if (this.hanging.has(sessionId)) await new Promise(() => undefined)
    const given = await give(tenure, EMPTY_HANDOVER)
    if (given) this.lose(sessionId)
    return given
  }

  takeNoMore(): void {
    this.taking = false
  }
}
