/**
 * Answers as text: tables cut to the width of the terminal, durations, numbers.
 */

const most = 12

/** One cell: short, on one line. */
export function cell(x) {
  if (x === null || x === undefined) return ''
  if (x instanceof Date)
    return x
      .toISOString()
      .replace('T', ' ')
      .replace(/\.?\d*Z$/, '')
  if (typeof x === 'object')
    return JSON.stringify(x, (_, v) => (typeof v === 'bigint' ? String(v) : v))
  return String(x).replace(/\s+/g, ' ')
}

// Columns share the width: what is narrow keeps its own, the rest is divided among the wide ones.
function fit(widths, total) {
  const room = Math.max(total - 3 * (widths.length - 1) - 4, 4 * widths.length)
  const fitted = [...widths]
  for (;;) {
    const sum = fitted.reduce((a, b) => a + b, 0)
    if (sum <= room) return fitted
    const widest = fitted.indexOf(Math.max(...fitted))
    fitted[widest] = Math.max(4, fitted[widest] - Math.max(1, sum - room))
    if (fitted[widest] === 4) return fitted
  }
}

const clip = (text, width) =>
  text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}…`

/** Rows (arrays) under headings, as lines. More than a dozen rows are cut, and it says so. */
export function table(rows, headings, { width = 100, rowsMost = most } = {}) {
  if (rows.length === 0) return ['  (nothing)']
  const names = headings ?? rows[0].map((_, i) => `#${i + 1}`)
  const shown = rows.slice(0, rowsMost).map((row) => row.map(cell))
  const widths = names.map((name, i) =>
    Math.max(name.length, ...shown.map((row) => (row[i] ?? '').length)),
  )
  const fitted = fit(widths, width)
  const line = (cells) =>
    `  ${cells.map((c, i) => clip(c ?? '', fitted[i] ?? 4)).join('   ')}`.trimEnd()
  const out = [line(names), `  ${fitted.map((n) => '─'.repeat(n)).join('   ')}`, ...shown.map(line)]
  if (rows.length > rowsMost) out.push(`  … ${number(rows.length - rowsMost)} more rows`)
  return out
}

/** Any answer as lines: rows as a table, a tree as indented JSON, a scalar as itself. */
export function answer(x, headings, options) {
  if (Array.isArray(x)) {
    if (x.every(Array.isArray)) return table(x, headings, options)
    if (
      x.length > 0 &&
      x.every((row) => row !== null && typeof row === 'object' && !(row instanceof Date))
    ) {
      const keys = [...new Set(x.flatMap((row) => Object.keys(row)))]
      return table(
        x.map((row) => keys.map((k) => row[k])),
        keys,
        options,
      )
    }
    return table(
      x.map((v) => [v]),
      headings ?? ['value'],
      options,
    )
  }
  if (x !== null && typeof x === 'object' && !(x instanceof Date)) {
    const lines = JSON.stringify(x, (_, v) => (typeof v === 'bigint' ? String(v) : v), 2).split(
      '\n',
    )
    const cut =
      lines.length > 40 ? [...lines.slice(0, 40), `… ${lines.length - 40} more lines`] : lines
    return cut.map((line) => `  ${line}`)
  }
  return [`  ${cell(x) || 'nil'}`]
}

/** 12345 as 12,345. */
export const number = (n) => Math.round(n).toLocaleString('en-US')

/** Milliseconds in the unit that suits. */
export function duration(ms) {
  if (ms < 1) return `${(ms * 1000).toFixed(0)} µs`
  return ms < 1000 ? `${ms.toFixed(ms < 10 ? 2 : 1)} ms` : `${(ms / 1000).toFixed(2)} s`
}

/** Bytes in the unit that suits. */
export function size(bytes) {
  if (bytes < 1000) return `${Math.round(bytes)} B`
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
