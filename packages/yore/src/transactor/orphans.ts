/**
 * What unfinished index jobs leave behind: a note names the job, and its blobs have ids that begin with the job's.
 *
 * (1) A job whose id is in the root is finished: its blobs stay, its note goes.
 * (2) A note that is damaged is an error: by another id other blobs would be deleted.
 */

import { telling } from '../data/codec/damage.ts'
import { frame, unframe } from '../data/codec/frame.ts'
import { ByteReader } from '../data/codec/reader.ts'
import { ByteWriter } from '../data/codec/writer.ts'
import type { Storage } from '../storage/storage.ts'

const sweepAtOnce = 1000

/** The name under which a storage has the note. */
export const jobName = (databaseId: string): string => `job/${databaseId}`

/** Notes that a job begins. No other note is there: `sweepJob` comes before. */
export async function noteJob(storage: Storage, databaseId: string, job: string): Promise<void> {
  const name = jobName(databaseId)
  const before = await storage.readRoot(name)
  const out = new ByteWriter(64)
  out.string(job)
  await storage.replaceRoot(name, before, frame('job', out.peek(), { name }))
}

/** Deletes what the job that is noted has left, unless it is `finished`; and the note. */
export async function sweepJob(
  storage: Storage,
  databaseId: string,
  finished: string,
): Promise<void> {
  const name = jobName(databaseId)
  const note = await storage.readRoot(name)
  if (note === null) return
  const job = telling(
    () => new ByteReader(unframe(note, 'job', name).content).string(),
    () => ({
      what: `the note ${name} of an index job in ${storage.name}`,
      affected:
        'It says which blobs an unfinished job has left; without it none can be deleted safely. All else is well: connect with readOnly, and restore a backup to write again',
      data: { root: name },
    }),
  )
  if (job !== finished) {
    for (;;) {
      const ids = await storage.listBlobs(databaseId, { prefix: `${job}-`, limit: sweepAtOnce })
      if (ids.length === 0) break
      await storage.deleteBlobs(databaseId, ids)
    }
  }
  await storage.replaceRoot(name, note, null)
}
