/**
 * Folding: the transactions of slots go into segments of the log, when an index job takes them up.
 *
 * (1) Records are copied, not read (unless something is to go): folding costs little more than moving the bytes.
 * (2) Full lists of segments become blobs, so a root names at most `listMax` segments and a list for each `listMax` before.
 */

import type { Codec } from '../data/codec/compress.ts'
import { frame } from '../data/codec/frame.ts'
import { ByteWriter } from '../data/codec/writer.ts'
import { RecordWriter } from './log-record.ts'
import type { Transaction } from './log-record.ts'
import { transactionsOf } from './log-slot.ts'
import type { Slot } from './log-slot.ts'
import { writeSegments } from './root.ts'
import type { LogSegment, Root, SegmentList } from './root.ts'

export interface FoldOptions {
  readonly newId: () => string
  /** How blobs are packed; 'lz4' when not given. */
  readonly codec?: Codec | undefined
  /** A segment ends when its records take more bytes. */
  readonly segmentBytes?: number | undefined
  /** How many segments make a list. */
  readonly listMax?: number | undefined
  /** What goes into the log instead of a transaction; the very same for most. */
  readonly instead?: ((tx: Transaction) => Transaction) | undefined
}

interface Blob {
  readonly id: string
  readonly bytes: Uint8Array
}

const segmentBytesDefault = 128 * 1024
const listMaxDefault = 128

export class LogFold {
  readonly #options: FoldOptions
  readonly #bytesMax: number
  readonly #listMax: number
  readonly #lists: SegmentList[]
  #segments: LogSegment[]
  #blobs: Blob[] = []
  #writer: RecordWriter | null = null
  #t = 0
  #nextT = 0
  #count = 0

  constructor({ lists, segments }: Pick<Root, 'lists' | 'segments'>, options: FoldOptions) {
    this.#options = options
    this.#bytesMax = options.segmentBytes ?? segmentBytesDefault
    this.#listMax = options.listMax ?? listMaxDefault
    this.#lists = [...lists]
    this.#segments = [...segments]
  }

  /** The slots come in their order. */
  add(slot: Slot): void {
    const { instead } = this.#options
    for (const tx of transactionsOf(slot)) {
      const { t, instant, body, nextT } = tx
      if (this.#writer === null) {
        this.#t = t
        this.#count = 0
        this.#writer = new RecordWriter({ t, instant: 0 })
      }
      const other = instead?.(tx) ?? tx
      if (other === tx) this.#writer.copy(t, instant, body)
      else this.#writer.write(other)
      this.#nextT = nextT
      this.#count++
      if (this.#writer.out.length >= this.#bytesMax) this.#endSegment()
    }
  }

  /** Blobs made since the last call. */
  take(): readonly Blob[] {
    const blobs = this.#blobs
    this.#blobs = []
    return blobs
  }

  /** What the next root says of the log; a last `take` follows. */
  end(): Pick<Root, 'lists' | 'segments'> {
    this.#endSegment()
    return { lists: this.#lists, segments: this.#segments }
  }

  #endSegment(): void {
    if (this.#writer === null) return
    const id = this.#put('logSegment', this.#writer.out.peek())
    this.#segments.push({ id, t: this.#t, nextT: this.#nextT, count: this.#count })
    this.#writer = null
    if (this.#segments.length >= this.#listMax) this.#endList()
  }

  #endList(): void {
    const out = new ByteWriter()
    writeSegments(out, this.#segments)
    const [first, last] = [this.#segments[0] as LogSegment, this.#segments.at(-1) as LogSegment]
    const id = this.#put('directory', out.peek())
    this.#lists.push({ id, t: first.t, nextT: last.nextT })
    this.#segments = []
  }

  #put(kind: 'logSegment' | 'directory', content: Uint8Array): string {
    const { newId, codec = 'lz4' } = this.#options
    const id = newId()
    this.#blobs.push({ id, bytes: frame(kind, content, { codec, name: id }) })
    return id
  }
}
