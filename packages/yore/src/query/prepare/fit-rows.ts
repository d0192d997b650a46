/**
 * Tuples of a source that a program gave, made fit for the attributes that their variables meet: there a uuid is a text, 3 may mean 3.0.
 *
 * (1) Where all patterns that have the variable as a value agree in its type, and nothing else gives it values, the tuples are fitted. Where
 *     they do not, each takes the value as it needs it, and comes after the tuples: an answer does not depend on the order of clauses.
 * (2) References stay as they were given (QR-22).
 */

import type { Attribute } from '../../db/schema.ts'
import type { DbPattern, RowsPattern } from './pattern.ts'
import type { Conjunction, Prepared } from './prepared.ts'

/** Types of which a program has no values of its own. */
const fitted: ReadonlySet<string> = new Set([
  'double',
  'float',
  'uuid',
  'uri',
  'keyword',
  'symbol',
  'tuple',
])

/** What variables are known to be. */
interface Met {
  readonly rows: RowsPattern[]
  /** Of each variable the pattern that says its type; null where there are several types. */
  readonly types: Map<string, DbPattern | null>
}

/** Fits the tuples among these clauses; gives what has to run before each of them. `given` are variables that have values before any runs. */
export function fitRows(
  { clauses: prepared, after }: Conjunction,
  given: ReadonlySet<string>,
): Conjunction['after'] {
  if (!prepared.some((p) => p.kind === 'rows')) return after
  const met: Met = { rows: [], types: new Map() }
  for (const v of given) met.types.set(v, null)
  for (const p of prepared) meet(p, met)
  for (const p of met.rows) {
    for (const v of p.variables) {
      const of = met.types.get(v) ?? null
      if (of !== null && fitted.has((of.attribute as Attribute).valueType)) p.fits.set(v, of)
    }
  }
  const out = [...after]
  prepared.forEach((p, j) => {
    if (p.kind !== 'db' || p.v.kind !== 'variable') return
    const { name } = p.v
    if (met.types.get(name) !== null) return
    prepared.forEach((r, i) => {
      if (r.kind !== 'rows' || !r.variables.includes(name)) return
      out[j] = [...(out[j] as readonly number[]), i]
      out[i] = (out[i] as readonly number[]).filter((k) => k !== j)
    })
  })
  return out
}

function meet(p: Prepared, met: Met): void {
  const { types } = met
  switch (p.kind) {
    case 'rows':
      met.rows.push(p)
      break
    case 'db': {
      if (p.v.kind !== 'variable') break
      const { name } = p.v
      const other = types.get(name) ?? (types.has(name) ? null : p)
      types.set(name, isAlike(p, other) ? p : null)
      break
    }
    case 'expression':
      for (const v of p.gives) types.set(v, null)
      break
    case 'not':
      for (const x of p.body.clauses) meet(x, met)
      break
    case 'or':
      for (const b of p.branches) for (const x of b.clauses) meet(x, met)
      break
    default:
  }
}

const isAlike = ({ attribute }: DbPattern, other: DbPattern | null): boolean =>
  other !== null &&
  attribute !== null &&
  attribute.valueType === other.attribute?.valueType &&
  (attribute.valueType !== 'tuple' || attribute === other.attribute)
