/**
 * The order and the sameness of URIs, as java.net.URI has them, over any text.
 *
 * No scheme first; schemes and hosts without regard to case; what has a hierarchy before what has none (`mailto:a@b`); then user,
 * host, port, path, query, fragment, and of each what lacks it before what has it.
 *
 * (1) A total order: what is no URI at all still has its place. `compareUriTexts(a, b) === 0` exactly when `uriKey(a) === uriKey(b)`.
 */

interface Parts {
  readonly scheme: string
  /** `mailto:a@b`: nothing but text after the scheme. */
  readonly opaque: boolean
  /** User, host, port, path, query, fragment, in the order in which they count; '' for what is missing, else with its delimiter. */
  readonly rest: readonly string[]
}

const pattern = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/is
const authorityPattern = /^(?:([^@]*)@)?([a-z0-9.-]*|\[[0-9a-f:.]*\])(?::([0-9]*))?$/i

function partsOf(written: string): Parts {
  // %3a and %3A are one
  const text = written.includes('%')
    ? written.replace(/%[0-9a-f]{2}/gi, (octet) => octet.toUpperCase())
    : written
  const m = pattern.exec(text)
  const scheme = (m?.[1] ?? '').toLowerCase()
  const path = m?.[3] ?? ''
  const opaque = scheme !== '' && m?.[2] === undefined && !path.startsWith('/')
  const rest = [path, m?.[4] ?? '', m?.[5] ?? '']
  return { scheme, opaque, rest: opaque ? rest : [...authority(m?.[2]), ...rest] }
}

// [user, host, port] with host in lower case; an authority that is no host stands whole, in place of the host.
function authority(text: string | undefined): [string, string, string] {
  if (text === undefined || text === '') return ['', '', '']
  const m = authorityPattern.exec(text)
  if (m === null) return ['', `/${text}`, '']
  const port = m[3] === undefined || m[3] === '' ? '' : m[3].replace(/^0+(?=.)/, '')
  const user = m[1] === undefined ? '' : `@${m[1]}`
  return [user, `/${(m[2] ?? '').toLowerCase()}`, port.length === 0 ? '' : port.padStart(10, '0')]
}

/** The order of two URIs by their text. */
export function compareUriTexts(a: string, b: string): number {
  if (a === b) return 0
  const x = partsOf(a)
  const y = partsOf(b)
  if (x.scheme !== y.scheme) return x.scheme < y.scheme ? -1 : 1
  if (x.opaque !== y.opaque) return x.opaque ? 1 : -1
  for (let i = 0; i < x.rest.length; i++) {
    const p = x.rest[i] as string
    const q = y.rest[i] as string
    if (p !== q) return p < q ? -1 : 1
  }
  return 0
}

/** The same text for URIs that are one: scheme and host in lower case, no empty authority or port. */
export function uriKey(text: string): string {
  // nothing that could be written in another way stands before the path
  if (/^[a-z]+:\/\/[a-z.]+(?:\/[^%]*)?$/.test(text)) return text
  const { scheme, opaque, rest } = partsOf(text)
  const start = scheme === '' ? '' : `${scheme}:`
  if (opaque) return start + rest.join('')
  const [user, host, port, ...path] = rest as [string, string, string, ...string[]]
  // without host: 'http:' alone would be opaque
  const bare = scheme !== '' && path[0] === '' ? '//' : ''
  const place = host === '' ? bare : `//${user.slice(1)}${user && '@'}${host.slice(1)}`
  return `${start}${place}${port && `:${port}`}${path.join('')}`
}
