/**
 * Names of stored things as names of files, and back: for every file system, also one that takes `A` and `a` for the same.
 *
 * (1) Small letters, digits, `-` and `_` stand for themselves; every other byte of the name's UTF-8 is `%` and two digits.
 * (2) A long name becomes a path: pieces that end in `+`, then the last one.
 */

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })
const pieceMax = 120

const isPlain = (byte: number): boolean =>
  (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57) || byte === 45 || byte === 95

/** The name of a file that stands for this name. */
export function fileNameOf(name: string): string {
  let out = ''
  for (const byte of encoder.encode(name)) {
    out += isPlain(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`
  }
  return out
}

/** The name that a file stands for, or null when it is none of ours. */
export function nameOfFile(fileName: string): string | null {
  if (!/^(?:[a-z0-9_-]|%[0-9a-f]{2})*$/.test(fileName)) return null
  const bytes: number[] = []
  for (let i = 0; i < fileName.length; i++) {
    if (fileName[i] !== '%') bytes.push(fileName.charCodeAt(i))
    else {
      bytes.push(Number.parseInt(fileName.slice(i + 1, i + 3), 16))
      i += 2
    }
  }
  try {
    return decoder.decode(Uint8Array.from(bytes))
  } catch {
    return null
  }
}

/** The same in pieces, none of them too long for a file system. */
export function pathOf(name: string): string[] {
  let rest = fileNameOf(name)
  const pieces: string[] = []
  while (rest.length > pieceMax) {
    pieces.push(`${rest.slice(0, pieceMax)}+`)
    rest = rest.slice(pieceMax)
  }
  // an empty name has a file too
  return [...pieces, rest]
}

/** The name of a path, or null. */
export function nameOfPath(pieces: readonly string[]): string | null {
  return nameOfFile(pieces.map((piece) => piece.replace(/\+$/, '')).join(''))
}
