/** One measure in a process of its own: durable-run.mjs SYSTEM MEASURE DIRECTORY. The last line it prints is the result, as JSON. */

const [system, measure, directory] = process.argv.slice(2)
const { measures, ready } = await import(`./durable-${system}.mjs`)
ready()
process.stdout.write(`\n${JSON.stringify(await measures[measure](directory))}\n`)
