/** What the command `configure` of a channel works with, in a session and as a program. */
import type { Access } from '../access/access.ts'
import type { ChannelDefinition } from '../define.ts'
import type { ConfigurePorts } from './configure.ts'
import type { ConfigureSettings } from './settings.ts'

/** Every channel with access control has it; one that says nothing of its settings shows where its state is. */
export function configureSettings({ configure, access }: ChannelDefinition): ConfigureSettings | undefined {
  return configure ?? (access && { directory: access.directory })
}

/** @param access of a running channel, whose operator types the command in the session */
export async function configurePorts(
  channel: ChannelDefinition,
  access: Access | undefined,
  signal: AbortSignal,
  program?: string,
): Promise<ConfigurePorts> {
  const settings = configureSettings(channel) ?? { directory: '' }
  const command = program ?? `/${channel.name}:configure`
  return {
    command,
    settings,
    env: process.env,
    restart: program === undefined ? `/channels restart ${channel.name}` : 'start its session again.',
    signal,
    ...(access && channel.access?.grants === 'sender' ? { access: () => renderAccess(access) } : {}),
  }
}

async function renderAccess(access: Access): Promise<readonly string[]> {
  const file = await access.current()
  if (!file) return ['access: nobody is let in, since access.json cannot be used']
  const { allowFrom, groups, dmPolicy } = file
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`
  return [`access: policy ${dmPolicy}, ${count(allowFrom.length, 'sender')}, ${count(groups.size, 'group')}`]
}
