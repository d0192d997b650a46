/**
 * The numbers of what is stored: formats and kinds. They are on disks for ever.
 *
 * (1) A change of stored bytes is a new format number, with what changed. Readers accept all that are listed; writers write the last.
 * (2) No number is used again for something else.
 */

/** Formats of the frame and everything in it. */
export const formats = [1 /* first */] as const
export type Format = (typeof formats)[number]
export const formatNow: Format = 1

/** What a frame holds. */
export const kinds = {
  /** The root of a database: where its trees and its log begin. */
  root: 1,
  /** A slot of the log: the transactions of one commit. */
  slot: 2,
  /** Datoms of an index in order, in columns. */
  segment: 3,
  /** Entries of a tree that lead to segments or to directories. */
  directory: 4,
  /** Transactions of the log, folded from slots. */
  logSegment: 5,
  /** Ids of blobs that nothing reaches any more, and since when. */
  garbage: 6,
  /** What a name stands for. */
  name: 7,
  /** What a backup consists of. */
  backup: 8,
  /** Words of a fulltext index. */
  fulltext: 9,
  /** The intent of a job: what its blobs are known by. */
  job: 10,
} as const
export type Kind = keyof typeof kinds
