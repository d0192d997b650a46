/** Clocks and counts of the bench of durable databases. */

export function percentile(xs, p) {
  const sorted = [...xs].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))]
}

const cpuNow = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** How long it takes, by the wall and on processors (all threads). */
export async function timed(run) {
  const [began, cpu] = [performance.now(), cpuNow()]
  await run()
  return { ms: performance.now() - began, cpuMs: cpuNow() - cpu }
}

/** The median of runs for so many milliseconds, the first third of which warms up. */
export async function bench(run, forMs = 900) {
  const times = []
  const began = performance.now()
  while (performance.now() - began < forMs || times.length < 6) {
    const start = performance.now()
    await run()
    times.push([start - began, performance.now() - start])
  }
  const counted = times.filter(([at], i) => at > forMs / 3 || i >= times.length / 2)
  return percentile(
    counted.map(([, ms]) => ms),
    0.5,
  )
}

/** Bytes of this process that are not a file. */
export function memoryNow() {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
