/** The bytes of a journal, cut and damaged at every byte: what was whole is there, what was torn is not, and what is damaged is said. */

import { writeFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import {
  encodeFrame,
  encodeHeader,
  framesAt,
} from '../../packages/yore/src/storage/drivers/file/frames.ts'
import { readJournal } from '../../packages/yore/src/storage/drivers/file/journal-reader.ts'
import { journalPath } from '../../packages/yore/src/storage/drivers/file/journal-record.ts'
import { bytesOf } from '../../packages/yore/src/testing/storage-suite-tools.ts'
import { makeDirectory } from './places.ts'

const directory = makeDirectory()
afterAll(() => directory.remove())

/** A journal with these frames, each with one slot whose t is its number; and where each ends. */
function journalOf(seqs: readonly number[]): { bytes: Uint8Array; ends: number[] } {
  const id = 77
  const frames = seqs.map((seq) =>
    encodeFrame(id, seq, [{ database: 'db-1', t: seq, bytes: bytesOf(3 + (seq % 9), seq) }]),
  )
  const bytes = new Uint8Array(4096)
  bytes.set(encodeHeader(id))
  let end = framesAt
  const ends = frames.map((frame) => {
    bytes.set(frame, end)
    return (end += frame.length)
  })
  return { bytes, ends }
}

/** The numbers of what a journal of these bytes has, or the code of the error. */
function readOf(bytes: Uint8Array, upTo = 0): number[] | string {
  writeFileSync(journalPath(directory.path, 77), bytes)
  try {
    const found = readJournal(directory.path, { id: 77, upTo, isOpen: true })
    for (const slot of found) expect(slot.bytes).toEqual(bytesOf(3 + (slot.t % 9), slot.t))
    return found.map(({ t }) => t)
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('the bytes of a journal', () => {
  const corrupt = ':yore/storage-corrupt'
  const seqs = [1, 2, 3, 4, 5]

  test('cut anywhere, or ending in zeros or in noise: what was whole is there', () => {
    const { bytes, ends } = journalOf(seqs)
    expect(readOf(bytes)).toEqual(seqs)
    expect(readOf(bytes, 3)).toEqual([4, 5])
    for (let cut = 0; cut <= (ends.at(-1) as number); cut++) {
      const whole = seqs.filter((_, i) => (ends[i] as number) <= cut)
      const isHeader = cut > 0 && cut < framesAt
      expect(readOf(bytes.slice(0, cut)), `cut at ${cut}`).toEqual(isHeader ? corrupt : whole)
      if (cut < framesAt) continue
      const zeros = bytes.slice()
      zeros.fill(0, cut)
      // a frame ends in up to 7 zeros of its own
      const wholeOrNearly = seqs.filter((_, i) => (ends[i] as number) <= cut + 7)
      expect([whole, wholeOrNearly], `zeros from ${cut}`).toContainEqual(readOf(zeros))
      const noise = bytes.slice()
      noise.set(bytesOf(noise.length - cut, 5), cut)
      expect((readOf(noise) as number[]).slice(0, whole.length), `noise from ${cut}`).toEqual(whole)
    }
  })

  test('any byte changed: an error, or, where it may have been torn, the last one is left out', () => {
    const { bytes, ends } = journalOf(seqs)
    for (let i = 0; i < (ends.at(-1) as number); i++) {
      for (const bit of [1, 128]) {
        const changed = bytes.slice()
        changed[i] = (changed[i] as number) ^ bit
        const expected = i < (ends[3] as number) ? corrupt : seqs.slice(0, 4)
        expect(readOf(changed), `byte ${i}`).toEqual(expected)
        // what LMDB's file has is not missed
        if (i >= framesAt && i < (ends[1] as number)) expect(readOf(changed, 5)).toEqual([])
      }
    }
  })

  test('a later round over an earlier one', () => {
    const old = journalOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    const next = journalOf([11, 12, 13])
    const end = next.ends.at(-1) as number
    const bytes = old.bytes.slice()
    bytes.set(next.bytes.subarray(0, end))
    expect(readOf(bytes, 10)).toEqual([11, 12, 13])
    expect(readOf(bytes, 12)).toEqual([13])
    expect(readOf(bytes, 13)).toEqual([])
    // the round before is not over
    expect(readOf(bytes, 9)).toEqual([10, 11, 12, 13])
    expect(readOf(bytes, 5)).toEqual([6, 7, 8, 9, 10, 11, 12, 13])
    // frames that nobody has any more
    for (const upTo of [0, 1, 2]) expect(readOf(bytes, upTo)).toBe(corrupt)
    for (let at = old.ends[5] as number; at < (old.ends[9] as number); at++) {
      const damaged = bytes.slice()
      damaged[at] = (damaged[at] as number) ^ 4
      expect(readOf(damaged, 5), `byte ${at}`).toBe(corrupt)
    }
    for (let cut = framesAt; cut < end; cut++) {
      const torn = old.bytes.slice()
      torn.set(next.bytes.subarray(0, cut))
      // a frame ends in up to 7 zeros, which may have been there
      const wholes = [cut, cut + 7].map((to) =>
        [11, 12, 13].filter((_, i) => (next.ends[i] as number) <= to),
      )
      expect(wholes, `torn at ${cut}`).toContainEqual(readOf(torn, 10))
      const both = wholes.map((whole) => [7, 8, 9, 10, ...whole])
      expect(both, `torn at ${cut}, with the round before`).toContainEqual(readOf(torn, 6))
    }
  })

  test('the journal of another directory, or none: an error; an empty file: to go on without', () => {
    const { bytes } = journalOf(seqs)
    bytes.set(encodeHeader(78))
    expect(readOf(bytes)).toBe(corrupt)
    const gone = { id: 77, upTo: 0, isOpen: true }
    expect(() => readJournal(`${directory.path}/nowhere`, gone)).toThrow(corrupt)
    expect(readOf(new Uint8Array(0))).toEqual([])
  })
})
