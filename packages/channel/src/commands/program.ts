/** How an operator calls a command of this channel's program, to be copied from what it prints. */
import { basename, relative } from 'node:path'

/** Set by the `backchannel` command: what the operator typed in place of the program's path. */
const CALLED_AS = 'BACKCHANNEL_CALLED_AS'

/**
 * `node /path/channel.ts access`, with the paths of this process.
 * @param from the folder in which the operator is, where that is known: the path is then as short as `channel.ts`
 */
export function programCommand(name: 'access' | 'configure', from?: string): string {
  const called = process.env[CALLED_AS]
  if (called) return called
  const [program = ''] = process.argv.slice(1, 2)
  const near = from === undefined ? program : relative(from, program)
  const words = [basename(process.execPath), near.length < program.length ? near : program, name]
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ')
}
