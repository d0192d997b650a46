/**
 * Taking datoms out of the log's segments: those that have something of it are written again without it, and so are the lists that name them.
 *
 * (1) A transaction stays with its t, its instant and its counters, whatever it loses.
 * (2) It costs the segments concerned, unless all of the log has to be looked through.
 */

import type { Codec } from '../data/codec/compress.ts'
import { frame, unframe } from '../data/codec/frame.ts'
import { ByteReader } from '../data/codec/reader.ts'
import { ByteWriter } from '../data/codec/writer.ts'
import { raise } from '../base/errors.ts'
import type { Excision } from './excise.ts'
import { RecordWriter, readRecords } from './log-record.ts'
import type { LoggedTransaction } from './log-record.ts'
import { readSegments, writeSegments } from './root.ts'
import type { LogSegment, Root, SegmentList } from './root.ts'

export interface ExciseLogOptions {
  readonly newId: () => string
  /** How blobs are packed; 'lz4' when not given. */
  readonly codec?: Codec | undefined
  readonly getBlobs: (ids: readonly string[]) => readonly (Uint8Array | null)[]
  /** The database and where it is, for errors. */
  readonly name: string
}

interface Blob {
  readonly id: string
  readonly bytes: Uint8Array
}

export interface ExcisedLog extends Pick<Root, 'lists' | 'segments'> {
  /** The blobs that are named no more. */
  readonly replaced: readonly string[]
}

/** Yields blobs to be stored; gives what the next root says of the log. */
export function* exciseLog(
  { lists, segments }: Pick<Root, 'lists' | 'segments'>,
  excision: Excision,
  options: ExciseLogOptions,
): Generator<readonly Blob[], ExcisedLog> {
  const work = new Work(excision, options)
  const keptLists: SegmentList[] = []
  for (const list of lists) {
    if (!excision.touches(list.t, list.nextT)) keptLists.push(list)
    else keptLists.push(yield* work.list(list))
  }
  const kept: LogSegment[] = []
  for (const segment of segments) kept.push(yield* work.segment(segment))
  return { lists: keptLists, segments: kept, replaced: work.replaced }
}

class Work {
  readonly replaced: string[] = []
  readonly #excision: Excision
  readonly #options: ExciseLogOptions

  constructor(excision: Excision, options: ExciseLogOptions) {
    this.#excision = excision
    this.#options = options
  }

  *list(list: SegmentList): Generator<readonly Blob[], SegmentList> {
    const segments = readSegments(this.#read(list.id, 'directory'))
    const kept: LogSegment[] = []
    for (const segment of segments) kept.push(yield* this.segment(segment))
    if (kept.every((segment, i) => segment === segments[i])) return list
    const out = new ByteWriter()
    writeSegments(out, kept)
    const id = yield* this.#replace(list.id, 'directory', out)
    return { ...list, id }
  }

  *segment(segment: LogSegment): Generator<readonly Blob[], LogSegment> {
    const { id, t, nextT } = segment
    if (!this.#excision.touches(t, nextT)) return segment
    const from = this.#read(id, 'logSegment')
    const records = [...readRecords(from.view(from.left), { t, instant: 0 })]
    const left = records.map((tx) => this.#excision.without(tx))
    if (left.every((tx, i) => tx === records[i])) {
      yield []
      return segment
    }
    const writer = new RecordWriter({ t, instant: 0 })
    for (const [i, tx] of left.entries()) {
      const record = records[i] as LoggedTransaction
      if (tx === record) writer.copy(record.t, record.instant, record.body)
      else writer.write(tx)
    }
    return { ...segment, id: yield* this.#replace(id, 'logSegment', writer.out) }
  }

  #read(id: string, kind: 'directory' | 'logSegment'): ByteReader {
    const [bytes] = this.#options.getBlobs([id])
    if (bytes === null || bytes === undefined) {
      return raise(
        ':yore/storage-corrupt',
        `the blob ${id} of the log of ${this.#options.name} is missing: restore the database from a backup`,
        { blob: id },
      )
    }
    return new ByteReader(unframe(bytes, kind, id).content)
  }

  *#replace(
    before: string,
    kind: 'directory' | 'logSegment',
    content: ByteWriter,
  ): Generator<readonly Blob[], string> {
    const { newId, codec = 'lz4' } = this.#options
    const id = newId()
    this.replaced.push(before)
    yield [{ id, bytes: frame(kind, content.peek(), { codec, name: id }) }]
    return id
  }
}
