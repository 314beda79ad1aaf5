/** `PROGRAM configure …`: settings and secrets from a terminal, where a secret is asked for without being shown, or piped in. */
import type { ChannelDefinition } from '../define.ts'
import { createLog } from '../log.ts'
import type { ChannelCommand } from './command.ts'
import { programCommand } from './program.ts'

export function createConfigureCommand(channel: ChannelDefinition): readonly ChannelCommand[] {
  const { name, access } = channel
  if (!access && !channel.configure) return []
  return [
    {
      name: 'configure',
      summary: 'what is set, and its secrets',
      usage: ['status', ...(channel.configure?.secrets ?? []).map((secret) => secret.name), 'help'].join(' | '),
      async run(args, io) {
        const { runConfigure } = await import('../configure/configure.ts')
        const { configurePorts } = await import('../configure/ports.ts')
        const { createAccess } = await import('../access/access.ts')
        const log = createLog(name, () => {})
        const opened = access && createAccess({ ...access, name, operatorWord: false, isBeside: true, log })
        const program = programCommand('configure', process.cwd())
        const ports = await configurePorts(channel, opened, io.signal, program)
        let { ok, text, ask } = await runConfigure(args, ports)
        if (ask !== undefined) {
          const { readSecretInput } = await import('./secret-input.ts')
          if (process.stdin.isTTY) io.error(`${ask}.\n`)
          ;({ ok, text, ask } = await runConfigure(args, ports, await readSecretInput(io)))
        }
        if (ok) io.out(`${text}\n`)
        else io.error(`${text}\n`)
        return ok ? 0 : 1
      },
    },
  ]
}
