/** Opening and writing take turns: also when one of the two has died, and where no file can be made. */

import { existsSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Gate } from '../../packages/yore/src/storage/drivers/file/gate.ts'
import {
  makeHolder,
  observe,
  writeHolder,
} from '../../packages/yore/src/storage/drivers/file/holder.ts'
import type { Holder } from '../../packages/yore/src/storage/drivers/file/holder.ts'
import { makeDirectory } from './places.ts'

let directory: ReturnType<typeof makeDirectory>
beforeEach(() => void (directory = makeDirectory()))
afterEach(() => directory.remove())
const gate = (): Gate => new Gate(directory.path, 'the file', () => 0)
const at = (name: string): string => join(directory.path, name)
const me = (token: string): Holder => makeHolder(token, observe())
const dead = (token: string): Holder => ({ ...me(token), pid: 2 ** 22 + 1 })

/** A gate of who holds the directory. */
async function holder(record: Holder): Promise<Gate> {
  const out = gate()
  await out.opening(() => {
    out.prepare()
    out.hold(record)
  })
  return out
}

function part(): { done: Promise<void>; end: () => void } {
  let end = (): void => {}
  const done = new Promise<void>((resolve) => (end = resolve))
  return { done, end }
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30))

test('who opens waits for who writes, and the other way round', async () => {
  const writer = await holder(me('writer'))
  const said: string[] = []
  const [write, open] = [part(), part()]
  const written = writer.writing(() => write.done).then(() => said.push('written'))
  const opened = gate().opening(async () => {
    said.push('opening')
    await open.done
    said.push('opened')
  })
  await soon()
  expect(said).toEqual([])
  // more that would be written waits behind who opens, else nobody could ever open
  const writtenLater = writer.writing(async () => {}).then(() => said.push('written later'))
  await soon()
  write.end()
  await written
  await soon()
  expect(said).toEqual(['written', 'opening'])
  open.end()
  await Promise.all([opened, writtenLater])
  expect(said).toEqual(['written', 'opening', 'opened', 'written later'])
  writer.letGo()
})

test('one at a time opens', async () => {
  let inside = 0
  const many = Array.from({ length: 8 }, () =>
    gate().opening(async () => {
      expect(++inside).toBe(1)
      await soon()
      inside--
    }),
  )
  await Promise.all(many)
  expect(existsSync(at('yore.opening'))).toBe(false)
})

test('several writes of one holder are under way together', async () => {
  const writer = await holder(me('writer'))
  const [first, second] = [part(), part()]
  const writes = [writer.writing(() => first.done), writer.writing(() => second.done)]
  let isOpen = false
  const opened = gate().opening(() => void (isOpen = true))
  first.end()
  await writes[0]
  await soon()
  expect(isOpen).toBe(false)
  second.end()
  await Promise.all([...writes, opened])
  expect(isOpen).toBe(true)
  writer.letGo()
})

test('a write that fails and an opening that fails leave nothing behind', async () => {
  const writer = await holder(me('writer'))
  await expect(writer.writing(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await expect(gate().opening(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await gate().opening(() => 1)).toBe(1)
  expect(await writer.writing(() => Promise.resolve(2))).toBe(2)
  writer.letGo()
})

test('what dead ones left counts for nothing', async () => {
  const killed = await holder(dead('killed'))
  void killed.writing(() => new Promise(() => {}))
  await soon()
  expect(readFileSync(at('yore.writing')).subarray(0, 64).includes(1)).toBe(true)
  writeFileSync(at('yore.opening'), writeHolder(dead('also killed')))
  const writer = await holder(me('writer'))
  // the marks of the dead one are not taken for those of the next
  expect(await gate().opening(() => 1)).toBe(1)
  writeFileSync(at('yore.opening'), writeHolder(dead('a third')))
  expect(await writer.writing(() => Promise.resolve(2))).toBe(2)
  expect(existsSync(at('yore.opening'))).toBe(false)
  writer.letGo()
  killed.letGo()
})

test('an opening without a record, as on a full disk, holds nobody up once it is old', async () => {
  const writer = await holder(me('writer'))
  writeFileSync(at('yore.opening'), '')
  let isWritten = false
  const written = writer.writing(() => Promise.resolve(void (isWritten = true)))
  await soon()
  expect(isWritten).toBe(false)
  const then = Date.now() / 1000 - 60
  utimesSync(at('yore.opening'), then, then)
  await written
  writer.letGo()
})

test('a file of marks that was cut or is of something else is made whole', async () => {
  for (const length of [0, 10, 100]) {
    const writer = await holder(me('writer'))
    writer.letGo()
    truncateSync(at('yore.writing'), length)
    const again = await holder(me('again'))
    expect(readFileSync(at('yore.writing')).length).toBe(1024)
    expect(await again.writing(() => Promise.resolve(1))).toBe(1)
    again.letGo()
  }
  writeFileSync(at('yore.writing'), 'x'.repeat(5000))
  expect(await gate().opening(() => 1)).toBe(1)
})

test('where no file can be made, as on a medium to read only, nobody waits', async () => {
  directory.remove()
  expect(await gate().opening(() => 1)).toBe(1)
  expect(await gate().writing(() => Promise.resolve(2))).toBe(2)
})
