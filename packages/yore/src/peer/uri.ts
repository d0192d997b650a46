/**
 * Database URIs: `yore:PROTOCOL://LOCATION/DATABASE?params`.
 *
 * (1) Whatever is no such URI is refused with what is wrong and an example.
 */

import { raise } from '../base/errors.ts'
import { told } from '../base/told.ts'

const protocols = ['mem', 'file'] as const
export type Protocol = (typeof protocols)[number]

export interface DatabaseUri {
  readonly protocol: Protocol
  /** The directory of a `file`; '' in memory. */
  readonly location: string
  readonly name: string
}

const examples: Readonly<Record<Protocol, string>> = {
  mem: "'yore:mem://inventory'",
  file: "'yore:file://./data/inventory'",
}
const lengthMax = 2000
const notInNames = /[/"*:=?\s\p{Cc}\p{Cs}]/u

/** Reads a URI. `'*'` stands in the place of the name where all names are meant. */
export function parseUri(uri: string): DatabaseUri {
  const m = /^yore:([a-z][a-z0-9-]*):\/\/([^?#]*)(?:\?[^#]*)?$/.exec(
    typeof uri === 'string' && uri.length <= lengthMax ? uri : '',
  )
  if (m === null) {
    return raise(
      ':yore/invalid-uri',
      `${told(uri)} is no database URI; one is ${examples.mem}, another ${examples.file}`,
      { uri },
    )
  }
  const protocol = protocols.find((p) => p === m[1])
  if (protocol === undefined) {
    raise(
      ':db.error/unsupported-protocol',
      `there is no storage for the protocol '${m[1]}'; known are: ${protocols.join(', ')}`,
      { uri, protocol: m[1] },
    )
  }
  const path = decoded(m[2] ?? '', uri)
  if (protocol === 'mem') return { protocol, location: '', name: nameOf(path) }
  const slash = path.lastIndexOf('/')
  if (slash < 0) {
    raise(
      ':yore/invalid-uri',
      `'${uri.slice(0, 80)}' names no directory: it is written before the name of the database, as in ${examples.file}`,
      { uri },
    )
  }
  if (slash === path.length - 1) {
    raise(
      ':yore/invalid-uri',
      `'${uri.slice(0, 80)}' ends without the name of a database, which is written after the directory, as in ${examples.file}`,
      { uri },
    )
  }
  const directory = path.slice(0, slash)
  // the path of a drive: /C:/data
  const location = /^\/[A-Za-z]:/.test(directory) ? directory.slice(1) : directory
  return {
    protocol,
    location: location === '' ? '/' : location,
    name: nameOf(path.slice(slash + 1)),
  }
}

function decoded(text: string, uri: string): string {
  let out: string
  try {
    out = decodeURIComponent(text)
  } catch {
    return raise(':yore/invalid-uri', `the percent signs in '${uri.slice(0, 80)}' encode nothing`, {
      uri,
    })
  }
  if (out.includes('\0')) raise(':yore/invalid-uri', 'a URI has no zero character', { uri })
  return out
}

const nameOf = (name: string): string => (name === '*' ? name : checkName(name))

/** A database name: not empty, and without / " * : = ?, white space, control characters and halves of surrogate pairs. */
export function checkName(name: string): string {
  if (typeof name !== 'string' || name === '' || name.length > 255 || notInNames.test(name)) {
    return raise(
      ':yore/invalid-uri',
      `${told(name)} is no database name: it is empty, or too long, or has white space, a control character or one of / " * : = ?`,
      { name },
    )
  }
  return name
}
