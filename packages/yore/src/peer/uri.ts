/**
 * Database URIs: `yore:PROTOCOL://LOCATION/DATABASE?params`.
 *
 * (1) Whatever is no such URI is refused with what is wrong and an example.
 */

import { raise } from '../base/errors.ts'
import { told } from '../base/told.ts'

const protocols = ['mem'] as const
export type Protocol = (typeof protocols)[number]

export interface DatabaseUri {
  readonly protocol: Protocol
  readonly name: string
}

const example = "'yore:mem://inventory'"
const lengthMax = 2000

/** Reads a URI. `'*'` stands in the place of the name where all names are meant. */
export function parseUri(uri: string): DatabaseUri {
  const m = /^yore:([a-z][a-z0-9-]*):\/\/([^?#]*)(?:\?[^#]*)?$/.exec(
    typeof uri === 'string' && uri.length <= lengthMax ? uri : '',
  )
  if (m === null) {
    return raise(':yore/invalid-uri', `${told(uri)} is no database URI; one is ${example}`, { uri })
  }
  const protocol = protocols.find((p) => p === m[1])
  if (protocol === undefined) {
    raise(
      ':db.error/unsupported-protocol',
      `there is no storage for the protocol '${m[1]}'; known are: ${protocols.join(', ')}`,
      { uri, protocol: m[1] },
    )
  }
  return { protocol, name: nameOf(m[2] ?? '', uri) }
}

function nameOf(text: string, uri: string): string {
  let name = text
  try {
    name = decodeURIComponent(text)
  } catch {
    raise(':yore/invalid-uri', `the percent signs in '${uri.slice(0, 80)}' encode nothing`, { uri })
  }
  return name === '*' ? name : checkName(name)
}

/** A database name: not empty, and without / " * : = ? */
export function checkName(name: string): string {
  if (typeof name !== 'string' || name === '' || name.length > 255 || /[/"*:=?\s]/.test(name)) {
    return raise(
      ':yore/invalid-uri',
      `${told(name)} is no database name: it is empty or has white space or one of / " * : = ?`,
      { name },
    )
  }
  return name
}
