/** How an operator calls a command of this channel's program, to be copied from what it prints. */
import { basename } from 'node:path'

/** `node /path/channel.ts access`, with the paths of this process. */
export function programCommand(name = 'access'): string {
  const words = [basename(process.execPath), ...process.argv.slice(1, 2), name]
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ')
}
