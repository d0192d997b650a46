/**
 * What stands behind `#codec/deflate` (package.json): Node's zlib, or no-deflate.ts. The core is compiled without Node's types, so it sees
 * this declaration.
 */

/** Packs, as raw deflate. */
export declare function deflate(bytes: Uint8Array): Uint8Array

/** Unpacks: exactly `length` bytes, or `:yore/storage-corrupt`. */
export declare function inflate(bytes: Uint8Array, length: number): Uint8Array
