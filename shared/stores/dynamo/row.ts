import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type * as z from 'zod/mini'
import type { Clock } from '../../clock.ts'
import { unixSeconds } from '../table.ts'

/** What every store needs. */
export interface StoreOptions {
  readonly client: DynamoDBDocumentClient
  /** The physical name. */
  readonly table: string
  readonly clock: Clock
}

/**
 * A row is not as its schema says: another version wrote it, or a person did. The message names the table and the
 * field; the row's key is apart from it, since it may be a user's name.
 */
export class BadRow extends Error {
  override readonly name = 'BadRow'
  readonly table: string
  readonly key: string
  readonly field: string
  constructor(table: string, key: string, field: string) {
    super(`A row of the table ${table} has no valid "${field}".`)
    this.table = table
    this.key = key
    this.field = field
  }
}

/** @throws BadRow */
export function readRow<T>(schema: z.ZodMiniType<T>, table: string, key: string, item: unknown): T {
  const row = schema.safeParse(item)
  if (row.success) return row.data
  throw new BadRow(table, key, row.error.issues[0]?.path.join('.') ?? '')
}

/** TTL deletes rows days late ("Working with expired items", DynamoDB guide), so every reader asks this. */
export function isLive(row: { readonly expiresAt: number }, clock: Clock): boolean {
  return row.expiresAt > unixSeconds(clock.now())
}

/** The result of a conditional write, or undefined when its condition did not hold and nothing was written. */
export async function ifHeld<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined
    throw error
  }
}
