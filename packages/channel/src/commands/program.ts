/** How an operator calls a command of this channel's program, to be copied from what it prints. */
import { basename, relative } from 'node:path'

/**
 * `node /path/channel.ts access`, with the paths of this process.
 * @param from the folder in which the operator is, where that is known: the path is then as short as `channel.ts`
 */
export function programCommand(from?: string): string {
  const [program = ''] = process.argv.slice(1, 2)
  const near = from === undefined ? program : relative(from, program)
  const words = [basename(process.execPath), near.length < program.length ? near : program, 'access']
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ')
}
