/** `PROGRAM access …`: the operator's word where no host passes it on, as in Claude Code; it changes the files. */
import type { ChannelDefinition } from '../define.ts'
import { createLog } from '../log.ts'
import type { ChannelCommand } from './command.ts'
import { programCommand } from './program.ts'

const FOR_APPROVERS = 'status | pair CODE | deny CODE | approver add|remove SENDER | relay origin|dm|off | help'
const FOR_SENDERS =
  'status | pair CODE | deny CODE | allow ID | remove ID | policy | group | set | approver | relay | restore | help'

export function createAccessCommand({ name, access }: ChannelDefinition): readonly ChannelCommand[] {
  if (!access) return []
  return [
    {
      name: 'access',
      summary: 'who may write, and who may approve what the agent asks for',
      usage: access.grants === 'sender' ? FOR_SENDERS : FOR_APPROVERS,
      async run(args, io) {
        const { createAccess } = await import('../access/access.ts')
        // What can't be read is in the answer; on stderr it would stand a second time.
        const log = createLog(name, () => {})
        const ports = {
          ...access,
          name,
          operatorWord: false,
          isBeside: true,
          log,
          command: programCommand('access', process.cwd()),
        }
        const { ok, text } = await createAccess(ports).run(args)
        if (ok) io.out(`${text}\n`)
        else io.error(`${text}\n`)
        return ok ? 0 : 1
      },
    },
  ]
}
