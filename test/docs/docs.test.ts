/**
 * The documents are true: every TypeScript block of README.md, docs/ and the READMEs of other folders runs and prints what it says; so
 * does every program in examples/.
 */

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { programsOf, root, runFile, runProgram, withChecks } from './programs.ts'

const inFolder = (folder: string, ending: RegExp): string[] =>
  existsSync(root + folder)
    ? readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => ending.test(name) && !name.includes('node_modules'))
        .sort()
        .map((name) => join(folder, name))
    : []

const pages = ['README.md', 'packages/yore/README.md', 'examples/README.md', 'GLOSSARY.md']
  .concat(inFolder('docs', /\.md$/))
  .filter((page) => existsSync(root + page))

const programs = pages.flatMap((page) => programsOf(page, readFileSync(root + page, 'utf8')))

describe('pages', () => {
  test.each(programs)('$name', async (program) => {
    const { code, output } = await runProgram(program)
    expect(code, output).toBe(0)
  })
})

describe('examples', () => {
  test.each(inFolder('examples', /\.(?:mjs|js)$/))('%s', async (path) => {
    const { code, output } = await runFile(root + path)
    expect(code, output).toBe(0)
    expect(output).not.toMatch(/\bundefined\b/)
  })
})

describe('the runner itself', () => {
  const page = (text: string): string => `# Page\n\n\`\`\`ts\n${text}\n\`\`\`\n`
  const outcome = async (text: string): Promise<number | null> => {
    const [program] = programsOf('page.md', page(text))
    return (await runProgram(program as NonNullable<typeof program>)).code
  }

  test('sees what throws and what prints something else', async () => {
    expect(await outcome(`const x: number = 1\nconsole.log([x])\n// => [ 1 ]`)).toBe(0)
    expect(await outcome(`console.log({ a: [1] }) // => { a: [ 1 ] }`)).toBe(0)
    expect(await outcome(`console.log(1)\n// => 2`)).toBe(1)
    expect(await outcome(`throw new Error('x')`)).toBe(1)
    expect(await outcome(`import { x } from 'yore/nothing'`)).toBe(1)
  })

  test('blocks are one program until the next import, and no-run is left out', () => {
    const text = ["import 'x'\nimport { q } from 'yore'", 'q()', "import { q } from 'yore'"].map(
      page,
    )
    const found = programsOf('page.md', text.join('\n') + '\n```ts no-run\nno()\n```\n')
    expect(found.map((p) => p.name)).toEqual(['page.md:4', 'page.md:17'])
    expect(found[0]?.text).toContain('q()')
    expect(found[0]?.text.split('\n').indexOf('q()')).toBe(10)
  })

  test('what is printed may be told in several lines', () => {
    expect(withChecks(`log(1)\n// => [ 1,\n//      2 ]\nlog(2)`)).toBe(
      `log(1)\n;__printed("[ 1, 2 ]")\n\nlog(2)`,
    )
  })
})
