/**
 * What the bench of durable databases writes, the same for every system: persons one at a time, a million datoms in transactions of 1000,
 * the files of MusicBrainz, and values with many earlier versions.
 */

/** How many transactions are in flight, and how many there are in all. */
export const flights = [
  [1, 2000],
  [8, 8000],
  [64, 40_000],
  [512, 40_000],
]

export function rng(seed) {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const firsts = ['Ivan', 'Petr', 'Sergei', 'Oleg', 'Yuri', 'Dmitry', 'Fedor', 'Denis']
const lasts = ['Ivanov', 'Petrov', 'Sidorov', 'Kovalev', 'Kuznetsov', 'Voronoi']

/** The nth person: four values; with the time of its transaction five datoms. */
export const person = (n) => ({
  name: firsts[n % 8],
  last: lasts[n % 6],
  age: (n * 37) % 100,
  salary: (n * 7919) % 100_000,
})

export const owners = 1000
export const itemsPerTransaction = 200

const words = [
  'amber',
  'birch',
  'cedar',
  'delta',
  'ember',
  'fjord',
  'grove',
  'heath',
  'inlet',
  'joist',
]
const word = (n) => words[n % words.length]

/** Items, five datoms each, in transactions of 200: of `count` transactions. */
export function* items(count) {
  const random = rng(42)
  const pick = (n) => Math.floor(random() * n)
  for (let t = 0; t < count; t++) {
    const tx = []
    for (let i = 0; i < itemsPerTransaction; i++) {
      tx.push({
        key: t * itemsPerTransaction + i,
        name: `${word(pick(10))} ${word(pick(10))} ${pick(10_000)}`,
        owner: pick(owners),
        price: pick(100_000) / 100,
        at: 1_500_000_000_000 + pick(1e9) * 200,
      })
    }
    yield tx
  }
}

/** The 200 entities of the bench of versions, as they are after `version`. */
export function* versions(entities, version) {
  for (let i = 0; i < entities; i++) {
    yield {
      id: i,
      number: (i * 31 + version * 17) % 5000,
      text: `text ${(i * 7 + version) % 3000}`,
    }
  }
}
