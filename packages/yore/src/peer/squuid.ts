/** Uuids: random ones, and semi-sequential ones, whose first 32 bits are the time in seconds. */

import { systemEnv } from '../base/env-system.ts'
import type { Env } from '../base/env.ts'
import { raise } from '../base/errors.ts'
import { told } from '../base/told.ts'
import { checkedEnv } from './context.ts'

/** A random uuid, version 4. */
export function newUuid(env: Env): string {
  const bytes = env.random(new Uint8Array(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-')
}

/**
 * A semi-sequential uuid: the seconds since 1970, then random bits. Later ones sort after earlier ones, so that indexes of them
 * grow at one end.
 *
 * ```ts
 * await conn.transact([{ ':artist/gid': squuid(), ':artist/name': 'Can' }])
 * ```
 */
export function squuid(env: Env = systemEnv): string {
  const { now } = checkedEnv(env)
  const seconds = Math.floor(now() / 1000) >>> 0
  return seconds.toString(16).padStart(8, '0') + newUuid(env).slice(8)
}

/** When a squuid was made, in milliseconds since 1970, whole seconds. */
export function squuidTimeMillis(uuid: string): number {
  if (typeof uuid !== 'string' || !/^[0-9a-f]{8}-/i.test(uuid)) {
    return raise(':yore/invalid-value', `${told(uuid)} is no uuid`, { uuid })
  }
  return Number.parseInt(uuid.slice(0, 8), 16) * 1000
}
