/** Draws small charts with logarithmic axes into one SVG: a panel for each figure, the same width of a decade in all. */

const width = 250
const height = 150
const gap = { left: 52, right: 14, top: 34, bottom: 30 }
const columns = 4

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const decades = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** 1500 microseconds are 1.5 ms. */
function told(value, unit) {
  if (unit === 'us') {
    if (value >= 1e6) return `${(value / 1e6).toPrecision(2)} s`
    if (value >= 1e3) return `${Number((value / 1e3).toPrecision(2))} ms`
    return `${Number(value.toPrecision(2))} µs`
  }
  return `${Number(value.toPrecision(2))} ${unit}`
}

function drawPanel({ title, axis, unit, points }, left, top) {
  const xs = points.map(([x]) => Math.log10(x))
  const ys = points.map(([, y]) => Math.log10(Math.max(y, 1e-6)))
  const [x0, x1] = [
    Math.floor(Math.min(...xs)),
    Math.max(Math.ceil(Math.max(...xs)), Math.floor(Math.min(...xs)) + 1),
  ]
  const middle = (Math.min(...ys) + Math.max(...ys)) / 2
  const y0 = Math.min(Math.floor(Math.min(...ys)), Math.round(middle) - 1)
  const y1 = Math.max(Math.ceil(Math.max(...ys)), y0 + 2)
  const atX = (x) => left + gap.left + ((x - x0) / (x1 - x0)) * (width - gap.left - gap.right)
  const atY = (y) => top + gap.top + (1 - (y - y0) / (y1 - y0)) * (height - gap.top - gap.bottom)
  const out = [
    `<text class="title" x="${left + 8}" y="${top + 20}">${escape(title)}</text>`,
    ...decades(y0, y1).map(
      (y) =>
        `<line class="grid" x1="${atX(x0)}" x2="${atX(x1)}" y1="${atY(y)}" y2="${atY(y)}"/>` +
        `<text class="tick" text-anchor="end" x="${atX(x0) - 4}" y="${atY(y) + 3}">${told(10 ** y, unit)}</text>`,
    ),
    ...decades(x0, x1).map(
      (x) =>
        `<text class="tick" text-anchor="middle" x="${atX(x)}" y="${atY(y0) + 12}">${10 ** x < 1e4 ? 10 ** x : `10^${x}`}</text>`,
    ),
    `<text class="tick" text-anchor="end" x="${atX(x1)}" y="${atY(y0) + 23}">${escape(axis)}</text>`,
    `<polyline class="line" points="${points.map((_, i) => `${atX(xs[i]).toFixed(1)},${atY(ys[i]).toFixed(1)}`).join(' ')}"/>`,
    ...points.map(
      ([, y], i) =>
        `<circle cx="${atX(xs[i]).toFixed(1)}" cy="${atY(ys[i]).toFixed(1)}" r="2.5"/>` +
        `<text class="value" text-anchor="${i === 0 ? 'start' : i === points.length - 1 ? 'end' : 'middle'}" x="${atX(xs[i]).toFixed(1)}" y="${(atY(ys[i]) - 6).toFixed(1)}">${told(y, unit)}</text>`,
    ),
  ]
  return out.join('\n')
}

/** @param panels each with its title, axis, unit ('us' for microseconds) and points [x, y], all above zero */
export function drawPanels(panels) {
  const rows = Math.ceil(panels.length / columns)
  const [w, h] = [columns * width, rows * height]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" font-family="sans-serif">
<style>
.title { font-size: 11px; font-weight: bold } .tick { font-size: 8px; fill: #666 } .value { font-size: 8px; fill: #1f4e79 }
.grid { stroke: #ddd; stroke-width: 0.6 } .line { fill: none; stroke: #1f4e79; stroke-width: 1.5 } circle { fill: #1f4e79 }
</style>
<rect width="${w}" height="${h}" fill="white"/>
${panels.map((panel, i) => drawPanel(panel, (i % columns) * width, Math.floor(i / columns) * height)).join('\n')}
</svg>
`
}
