/** Asks a built channel which commands its program has, so that slash commands are made of what is there. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export interface ProgramCommand {
  readonly name: string
  /** As help shows it: `status | pair CODE`. */
  readonly usage: string
  readonly summary: string
}

/** @param program the path of its `start.cjs` */
export async function readCommands(program: string): Promise<readonly ProgramCommand[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, 'help'], { timeout: 20_000 })
  const rows = stdout.split(/^Commands:$/m)[1]?.split('\n') ?? []
  const commands = rows.flatMap((row) => {
    const [, name, usage = '', summary = ''] = /^ {2}([a-z][\w-]*)(?: (\S.*?))?\s{2,}(\S.*)$/.exec(row) ?? []
    return name === undefined ? [] : [{ name, usage, summary }]
  })
  if (commands.length === 0) throw new Error(`${program} help lists no commands:\n${stdout}`)
  return commands
}
