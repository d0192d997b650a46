/**
 * Rows of large answers as arrays.
 *
 * (1) It says no more than its like in answer.ts, and is another function for the sake of V8, which decides for each place in the code
 *     where arrays made there begin: these live long and are many, and if they began as young objects, copying them would take as long as
 *     the whole query. Arrays of small answers, made in the same place, would have it decide so.
 */

type Cells = Float64Array | readonly unknown[]

/** An answer of so many rows is a large one. */
export const manyRows: number = 1 << 14

/** Adds rows `from` to `to`. */
export function addManyRows(
  out: unknown[][],
  cells: readonly Cells[],
  from: number,
  to: number,
): void {
  const [a, b, c, d] = cells as [Cells, Cells, Cells, Cells]
  switch (cells.length) {
    case 1:
      for (let i = from; i < to; i++) out.push([a[i]])
      return
    case 2:
      for (let i = from; i < to; i++) out.push([a[i], b[i]])
      return
    case 3:
      for (let i = from; i < to; i++) out.push([a[i], b[i], c[i]])
      return
    default:
      for (let i = from; i < to; i++) {
        const row: unknown[] = [a[i], b[i], c[i], d[i]]
        for (let k = 4; k < cells.length; k++) row.push((cells[k] as Cells)[i])
        out.push(row)
      }
  }
}
