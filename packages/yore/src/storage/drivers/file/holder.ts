/**
 * Who writes a directory, and whether that process is still alive.
 *
 * (1) The record of a dead process never stands in the way: where the system tells when a process began (`/proc`), a process is known by
 *     its id and that moment, so a new one with an old id is not taken for it. Elsewhere, and across containers and machines that cannot
 *     see each other's processes, the holder shows that it lives by a beat; a beat that is too old is a death.
 * (2) Taking a living one for dead costs no data: every write of a holder checks, in the same step, that the record is still its own.
 */

import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

export interface Holder {
  /** Random: no two openings have the same. */
  readonly token: string
  readonly pid: number
  readonly host: string
  /** When it began to hold, in milliseconds since 1970. */
  readonly since: number
  /** When the process began, as the system counts it; null where it does not say. */
  readonly start: string | null
  /** Which run of the system, and which space of process ids; null where it does not say. */
  readonly boot: string | null
  readonly space: string | null
}

/** The view of the one who judges. */
export interface Observer {
  readonly pid: number
  readonly host: string
  readonly boot: string | null
  readonly space: string | null
  startOf(pid: number): string | null
  exists(pid: number): boolean
  /** Tokens of openings of this very program that have ended. */
  hasEnded(token: string): boolean
}

export const beatEveryMs = 2000
/** Older than this, a beat is a death: several beats may be missed by a busy process. */
export const beatAgeMaxMs = 15_000

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}

/** The moment when a process began: the 22nd field of its `stat`, counted after the name, which may hold anything. */
function startOf(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields === undefined) return null
  // a zombie has ended, it only waits to be counted
  return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null)
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}

function pidSpace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return null
  }
}

const ended = new Set<string>()

/** Notes that an opening of this program has ended, however it ended. */
export function noteEnd(token: string): void {
  ended.add(token)
}

export function observe(): Observer {
  return {
    pid: process.pid,
    host: hostname(),
    boot: read('/proc/sys/kernel/random/boot_id'),
    space: pidSpace(),
    startOf,
    exists,
    hasEnded: (token) => ended.has(token),
  }
}

/** The record of this process. */
export function makeHolder(token: string, observer: Observer): Holder {
  const { pid, host, boot, space } = observer
  return { token, pid, host, since: Date.now(), start: observer.startOf(pid), boot, space }
}

/** Does the holder live? `beatAgeMs`: how old its last beat is, null when there is none. */
export function isAlive(holder: Holder, observer: Observer, beatAgeMs: number | null): boolean {
  const beats = beatAgeMs !== null && beatAgeMs <= beatAgeMaxMs
  if (observer.hasEnded(holder.token)) return false
  const sameHost = holder.host === observer.host
  if (holder.boot !== null && observer.boot !== null && holder.boot !== observer.boot) {
    // the system was started anew; or it is another machine
    return sameHost ? false : beats
  }
  if (!sameHost && holder.boot === null) return beats
  if (holder.space !== observer.space) return beats
  if (holder.start !== null) {
    const start = observer.startOf(holder.pid)
    // the system may hide the processes of other users
    if (start === null) return observer.exists(holder.pid) && beats
    if (start !== holder.start) return false
    // this process lives, but the thread of it that held may not
    return holder.pid === observer.pid ? beats : true
  }
  return observer.exists(holder.pid) && beats
}

/** The record as bytes. */
export function writeHolder(holder: Holder): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(holder))
}

/** What the bytes say; null when it is no record, which then stands in nobody's way. */
export function readHolder(bytes: Uint8Array | undefined): Holder | null {
  if (bytes === undefined) return null
  try {
    const found = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Holder>
    const { token, pid, host, since, start = null, boot = null, space = null } = found
    return typeof token === 'string' && typeof pid === 'number' && typeof host === 'string'
      ? { token, pid, host, since: Number(since), start, boot, space }
      : null
  } catch {
    return null
  }
}
