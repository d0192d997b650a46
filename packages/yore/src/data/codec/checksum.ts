/**
 * CRC32C (Castagnoli), the checksum of everything stored and sent: eight bytes a step, by tables.
 */

const polynomial = 0x82f63b78

/** Eight tables of 256: table k tells what a byte does that is followed by k others. */
const tables: Int32Array = makeTables()

function makeTables(): Int32Array {
  const out = new Int32Array(8 * 256)
  for (let i = 0; i < 256; i++) {
    let c = i
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ polynomial : c >>> 1
    out[i] = c
  }
  for (let i = 256; i < out.length; i++) {
    const c = out[i - 256] as number
    out[i] = (c >>> 8) ^ (out[c & 255] as number)
  }
  return out
}

/**
 * The checksum of bytes[from..to), a whole number from 0 to 2^32 - 1. With `seed`, the checksum of earlier bytes, it goes on from those.
 *
 *     crc32c(encode('123456789'))   // 0xe3069283
 */
export function crc32c(
  bytes: Uint8Array,
  from: number = 0,
  to: number = bytes.length,
  seed: number = 0,
): number {
  const t = tables
  let c = ~seed
  let i = from
  const whole = to - 7
  while (i < whole) {
    const low =
      c ^
      ((bytes[i] as number) |
        ((bytes[i + 1] as number) << 8) |
        ((bytes[i + 2] as number) << 16) |
        ((bytes[i + 3] as number) << 24))
    c =
      (t[1792 + (low & 255)] as number) ^
      (t[1536 + ((low >>> 8) & 255)] as number) ^
      (t[1280 + ((low >>> 16) & 255)] as number) ^
      (t[1024 + (low >>> 24)] as number) ^
      (t[768 + (bytes[i + 4] as number)] as number) ^
      (t[512 + (bytes[i + 5] as number)] as number) ^
      (t[256 + (bytes[i + 6] as number)] as number) ^
      (t[bytes[i + 7] as number] as number)
    i += 8
  }
  while (i < to) c = (c >>> 8) ^ (t[(c ^ (bytes[i++] as number)) & 255] as number)
  return ~c >>> 0
}
