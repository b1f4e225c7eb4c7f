import type { ConnectionRow, Connections } from '../../../shared/stores/connections.ts'
import type { SessionRow, Sessions, Tenure } from '../../../shared/stores/sessions.ts'

/** The sessions table in memory, and how often it was written. */
export class MemorySessions implements Sessions {
  readonly rows = new Map<string, SessionRow>()
  writes = 0
  /** While set, everything throws. */
  broken = false
  /** While set, updates reach the table only when it resolves. */
  late: Promise<unknown> | undefined
  /** Updates that waited for it so far. */
  delayed = 0

  async get(id: string): Promise<SessionRow | undefined> {
    this.#works()
    return this.rows.get(id)
  }

  async getMany(ids: readonly string[]) {
    this.#works()
    return { rows: ids.flatMap(id => this.rows.get(id) ?? []), unread: [] }
  }

  async create(row: SessionRow): Promise<boolean> {
    this.#write()
    if (this.rows.has(row.sessionId)) return false
    this.rows.set(row.sessionId, row)
    return true
  }

  async update(tenure: Tenure, change: Partial<SessionRow>): Promise<boolean> {
    if (this.late !== undefined) {
      this.delayed += 1
      await this.late
    }
    this.#write()
    const row = this.#held(tenure)
    if (row !== undefined) this.rows.set(row.sessionId, { ...row, ...change })
    return row !== undefined
  }

  async claim(tenure: Tenure, owner: string): Promise<SessionRow | undefined> {
    this.#write()
    const row = this.#held(tenure)
    if (row === undefined) return undefined
    const claimed = { ...row, owner, epoch: row.epoch + 1 }
    this.rows.set(row.sessionId, claimed)
    return claimed
  }

  async remove(tenure: Tenure): Promise<boolean> {
    this.#write()
    return this.#held(tenure) !== undefined && this.rows.delete(tenure.sessionId)
  }

  async ownedBy(owner: string): Promise<readonly string[]> {
    this.#works()
    return [...this.rows.values()].filter(row => row.owner === owner).map(row => row.sessionId)
  }

  async ofUser(username: string): Promise<readonly string[]> {
    this.#works()
    return [...this.rows.values()].filter(row => row.username === username).map(row => row.sessionId)
  }

  #held({ sessionId, owner, epoch }: Tenure): SessionRow | undefined {
    const row = this.rows.get(sessionId)
    return row?.owner === owner && row.epoch === epoch ? row : undefined
  }

  #write(): void {
    this.#works()
    this.writes += 1
  }

  #works(): void {
    if (this.broken) throw new Error('The table cannot be reached')
  }
}

/** The connections table in memory, and how often it was read. */
export class MemoryConnections implements Connections {
  readonly rows = new Map<string, ConnectionRow>()
  reads = 0
  /** While set, reading throws. */
  broken = false
  /** While set, what was read is known only when it resolves. */
  late: Promise<unknown> | undefined

  async get(id: string) {
    this.reads += 1
    if (this.broken) throw new Error('The table cannot be reached')
    const row = this.rows.get(id)
    await this.late
    return row
  }

  async put(row: ConnectionRow): Promise<string | undefined> {
    const before = this.rows.get(row.connectionId)?.sessionId
    this.rows.set(row.connectionId, row)
    return before
  }

  async remove(id: string, session: string): Promise<void> {
    if (this.rows.get(id)?.sessionId === session) this.rows.delete(id)
  }
}
