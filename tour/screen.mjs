/**
 * What the tour writes on: colours where there is a terminal that wants them, plain text elsewhere.
 */

const terminal = process.stdout.isTTY === true
const coloured = terminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
const paint = (code) => (text) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text)

export const bold = paint('1')
export const dim = paint('2')
export const cyan = paint('36')
export const red = paint('31')
export const isTerminal = terminal && process.stdin.isTTY === true
export const columns = () => Math.min(Math.max(process.stdout.columns ?? 100, 60), 140)

export const say = (text = '') => process.stdout.write(`${text}\n`)

/** A bar that is drawn over itself in a terminal, and a line at every tenth elsewhere. */
export function progress(label, total, unit) {
  let tenth = -1
  const started = performance.now()
  const text = (done) => {
    const share = total === 0 ? 1 : done / total
    const bar = '█'.repeat(Math.round(share * 30)).padEnd(30, '░')
    const rate = done / Math.max((performance.now() - started) / 1000, 1e-3)
    const count = (n) => Math.round(n).toLocaleString('en-US')
    return `  ${label} ${bar} ${String(Math.round(share * 100)).padStart(3)} %  ${count(done)} ${unit}, ${count(rate)} a second`
  }
  return {
    at(done) {
      if (terminal) process.stdout.write(`\r\x1b[2K${text(done)}`)
      else if (Math.floor((done / total) * 10) > tenth) {
        tenth = Math.floor((done / total) * 10)
        say(text(done))
      }
    },
    end(done) {
      if (terminal) process.stdout.write(`\r\x1b[2K${text(done)}\n`)
      else if (tenth < 10) say(text(done))
    },
  }
}
