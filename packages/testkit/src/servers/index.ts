/** Foreign and misbehaving servers as real programs, for the tests of a host: `node SERVER_PATH`, no build. */
import { fileURLToPath } from 'node:url'

export const SERVERS = [
  'sdk-channel',
  'sdk-plain',
  'never-initializes',
  'garbage',
  'exits-at-once',
  'flood',
  'future-era',
  'crashes-after',
  'ignores-eof',
  'bad-events',
  'spawns-child',
  'hostile',
] as const

export type ServerName = (typeof SERVERS)[number]

/** The absolute path of a server's program. What each does, and its settings, is said at the top of its file. */
export function serverPath(name: ServerName): string {
  return fileURLToPath(new URL(`${name}.ts`, import.meta.url))
}
