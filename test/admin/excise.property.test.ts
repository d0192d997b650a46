/** Excision in random histories, against an oracle that tries all facts. */

import { describe, expect, test } from 'vitest'
import { transactionOf } from '../../packages/yore/src/admin/dump.ts'
import { equalValues } from '../../packages/yore/src/data/equal.ts'
import type { Value } from '../../packages/yore/src/data/values.ts'
import type { Db } from '../../packages/yore/src/db/db.ts'
import { factsIn } from '../../packages/yore/src/indexes/facts-in.ts'
import { orders } from '../../packages/yore/src/indexes/facts/fact.ts'
import type { Fact } from '../../packages/yore/src/indexes/facts/fact.ts'
import { fieldOf, toPublicId } from '../../packages/yore/src/indexes/facts/ids.ts'
import { MemoryStore, memoryStorage } from '../../packages/yore/src/storage/drivers/memory.ts'
import type { Transactor } from '../../packages/yore/src/transactor/transactor.ts'
import { Random } from '../oracle/random.ts'
import { excise, expectWhole } from './excise-tools.ts'
import { contentsOf, freshIn, grow, openIn, shown, submit, worldTransaction } from './world.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
console.log(`excise.property: SEED=${seed}`)

// ---- a naive oracle ----

interface Asked {
  readonly t: number
  readonly target: number
  readonly attributes: readonly number[]
  readonly before: number
}

/** All facts, out of the log: the index may have forgotten some. */
function everyFact({ db, log }: Transactor): Fact[] {
  const facts = new Map<string, Fact>()
  const keyOfFact = ({ e, a, v, t }: Omit<Fact, 'end'>): string => `${e} ${a} ${shown(v)} ${t}`
  for (const fact of factsIn(db.facts, 'eavt', {}))
    if (fact.t < 1000) facts.set(keyOfFact(fact), fact)
  for (const entry of log.entries(0, db.nextT)) {
    const { t, data, ended } = transactionOf(entry)
    for (const { e, a, v, added } of data) {
      if (!added) continue
      const fact = { e, a, v, t, end: Infinity }
      facts.set(keyOfFact(fact), fact)
    }
    for (const fact of ended) {
      const key = keyOfFact(fact)
      facts.set(key, { ...(facts.get(key) as Fact), end: t })
    }
  }
  return [...facts.values()]
}

/** Which facts go, by trying all of them again and again until nothing changes. */
function naive(db: Db, all: readonly Fact[], { t, target, attributes, before }: Asked): Set<Fact> {
  const { schema } = db
  const out = new Set<Fact>()
  const isSafe = ({ e, a, t: own }: Fact): boolean =>
    own < 1000 ||
    fieldOf(e) === 0 ||
    a === 10 ||
    (a >= 15 && a <= 18) ||
    (a === 50 && fieldOf(e) === 3)
  const isComponent = (a: number): boolean => schema.attributes.get(a)?.isComponent === true
  if (schema.attributes.has(target)) {
    if (target >= 72)
      for (const f of all) if (f.a === target && f.t < before && !isSafe(f)) out.add(f)
  } else if (fieldOf(target) !== 0) {
    const whole = new Set<number>(attributes.length === 0 ? [target] : [])
    for (let n = -1; n !== out.size + whole.size;) {
      n = out.size + whole.size
      for (const f of all) {
        if (f.t >= before || isSafe(f)) continue
        const isNamed = attributes.includes(f.a) && (f.e === target || f.v === target)
        const isWhole =
          whole.has(f.e) ||
          (schema.attributes.get(f.a)?.valueType === 'ref' && whole.has(f.v as number))
        if (isNamed || isWhole) out.add(f)
      }
      const parts = [...out].filter((f) => isComponent(f.a) && (whole.has(f.e) || f.e === target))
      for (const { v } of parts) {
        const others = all.filter(
          (f) =>
            f.v === v &&
            isComponent(f.a) &&
            f.t <= t &&
            f.end > t &&
            f.e !== target &&
            !whole.has(f.e),
        )
        if (others.length === 0 && fieldOf(v as number) !== 0) whole.add(v as number)
      }
    }
  }
  for (const f of out) {
    for (const tuple of schema.composites.get(f.a) ?? []) {
      const slot = schema.attributes.get(tuple)?.tupleAttrs?.indexOf(f.a) as number
      for (const other of all) {
        if (other.e !== f.e || other.a !== tuple) continue
        if (equalValues((other.v as readonly Value[])[slot] ?? null, f.v)) out.add(other)
      }
    }
  }
  return out
}

/** What `contentsOf` gives when these facts are gone. */
function contentsWithout(transactor: Transactor, gone: ReadonlySet<Fact>): unknown {
  const texts = new Set<string>()
  for (const { e, a, v, t, end } of gone) {
    texts.add(`${e} ${a} ${shown(v)} ${t} true`)
    if (end !== Infinity) texts.add(`${e} ${a} ${shown(v)} ${end} false`)
  }
  const contents = contentsOf(transactor) as Record<string, unknown>
  const left = (rows: unknown): string[] => (rows as string[]).filter((row) => !texts.has(row))
  return {
    ...contents,
    ...Object.fromEntries(orders.map((order) => [order, left(contents[order])])),
    present: left(contents['present']),
    log: (contents['log'] as string[]).map((line) => {
      const [head, tail] = [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]
      return `${head}: ${left(tail.split('; ')).join('; ')}`
    }),
  }
}

describe('random histories', () => {
  test.each([0, 1, 2, 3, 4, 5])('round %i', async (round) => {
    const random = new Random(seed + round)
    const note = `seed ${seed + round}`
    const store = new MemoryStore()
    const storage = memoryStorage(store)
    const transactor = await freshIn(storage, { segmentSize: random.pick([8, 30]) })
    await grow(transactor, random, 30, async (n) => {
      if (n % 9 === 8) await transactor.indexed(transactor.db.basisT)
    })
    for (let k = 0; k < 4; k++) {
      for (let i = 0; i < 6; i++) {
        await submit(transactor, worldTransaction(random, random.int(1e6))).catch(() => {})
      }
      const { db } = transactor
      const all = everyFact(transactor)
      const gone = new Set<Fact>()
      const attributes = [...db.schema.attributes.keys()]
      const requests: [Asked, string][] = Array.from({ length: 1 + random.int(2) }, () => {
        const fact = random.pick(all)
        const target = random.chance(0.15) ? random.pick(attributes) : fact.e
        const named = random.chance(0.3)
          ? random.some([...new Set([fact.a, random.pick(attributes)])], 2)
          : []
        const bound = random.pick([Infinity, Infinity, fact.t, fact.t + 3])
        const text = [
          named.length > 0 ? `:db.excise/attrs [${named.join(' ')}]` : '',
          bound < Infinity ? `:db.excise/beforeT ${bound}` : '',
        ]
        return [{ t: 0, target, attributes: named, before: bound }, text.join(' ')]
      })
      const asked: Asked[] = []
      for (const [request, text] of requests) {
        const { t } = await submit(transactor, excise(`${toPublicId(request.target)}`, text))
        asked.push({ ...request, t, before: Math.min(t, request.before) })
      }
      const before = everyFact(transactor)
      for (const request of asked)
        for (const f of naive(transactor.db, before, request)) gone.add(f)
      const expected = contentsWithout(transactor, gone)
      if (random.chance(0.5)) {
        await submit(transactor, worldTransaction(random, random.int(1e6))).catch(() => {})
        await transactor.indexed(transactor.db.basisT)
      } else {
        await transactor.indexed(transactor.db.basisT)
        expect(contentsOf(transactor), `${note}: ${JSON.stringify(requests)}`).toEqual(expected)
      }
      await expectWhole(storage, note)
      const again = await openIn(storage)
      expect(contentsOf(again), note).toEqual(contentsOf(transactor))
      await again.close()
    }
    await transactor.close()
  })
})
