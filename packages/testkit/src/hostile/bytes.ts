/** Bodies that are no text, or too much of it. */

export interface HostileBytes {
  /** Completes "bytes with …". */
  readonly name: string
  readonly bytes: Uint8Array
}

const MIB = 1024 * 1024

/** Not UTF-8. A channel may refuse them or replace what it can't read; it may not pass on what was not there. */
export const BROKEN_BYTES: readonly HostileBytes[] = [
  { name: 'a byte that begins nothing', bytes: Uint8Array.of(0x61, 0xff, 0x62) },
  { name: 'a character cut short', bytes: Uint8Array.of(0x61, 0xe2, 0x82) },
  { name: 'an overlong slash', bytes: Uint8Array.of(0x61, 0xc0, 0xaf) },
  { name: 'an encoded surrogate', bytes: Uint8Array.of(0x61, 0xed, 0xa0, 0x80) },
  { name: 'beyond the last code point', bytes: Uint8Array.of(0x61, 0xf5, 0x80, 0x80, 0x80) },
  { name: 'UTF-16', bytes: new Uint8Array(Buffer.from('\ufeffhello', 'utf16le')) },
  { name: 'all bytes there are', bytes: Uint8Array.from({ length: 256 }, (_, byte) => byte) },
  { name: 'a picture', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x1a, 0x0a, 0x00, 0x00) },
]

/** Around the largest event, in bytes: a channel takes it whole or says that it does not. */
export const LARGE_BYTES: readonly HostileBytes[] = [MIB - 4096, MIB, MIB + 1, 4 * MIB].map((length) => ({
  name: `${length} bytes`,
  bytes: new Uint8Array(length).fill(0x78),
}))
