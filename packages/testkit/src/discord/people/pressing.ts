/** Buttons and commands as a client of Discord uses them. */
import type { APIUser } from 'discord-api-types/v10'
import { startInteraction } from '../state/interactions.ts'
import type { MessageBody, StoredChannel, StoredMessage, World } from '../state/world.ts'
import { type FakeInteraction, viewInteraction } from './interaction.ts'

interface Button {
  readonly customId: string
  readonly label: string
}

/** The id that a button carries. @throws Error if there is none that can be pressed */
export function findButton(
  message: StoredMessage,
  label: string,
  { stale = false, forged = false }: { readonly stale?: boolean; readonly forged?: boolean },
): string {
  if (forged) return label
  const versions = stale ? [...message.earlier, message.body] : [message.body]
  const buttons = versions.flatMap(buttonsOf)
  const button = buttons.findLast((one) => one.label === label || one.customId === label)
  if (!button) {
    const labels = buttons.map((one) => `"${one.label}"`).join(', ')
    throw new Error(`there is no button "${label}"; there are: ${labels || 'none'}`)
  }
  return button.customId
}

/** Those that are not switched off; a link has no id. */
function buttonsOf({ components }: MessageBody): Button[] {
  return components.flatMap((row) => {
    const inner = 'components' in row ? row.components : []
    return inner.flatMap((one): Button[] => {
      if (!('custom_id' in one) || ('disabled' in one && one.disabled)) return []
      return [{ customId: one.custom_id ?? '', label: 'label' in one && one.label ? one.label : '' }]
    })
  })
}

export function pressButton(world: World, user: APIUser, source: StoredMessage, customId: string): FakeInteraction {
  const application = world.applications.get(source.author.id)
  if (!application) throw new Error('only messages of a bot have buttons')
  const data = { component_type: 2, custom_id: customId, id: 1 }
  const { channel } = source
  return viewInteraction(world, startInteraction(world, { application, type: 3, user, channel, data, source }))
}

export function runCommand(
  world: World,
  user: APIUser,
  botId: string,
  channel: StoredChannel,
  name: string,
  options: Readonly<Record<string, string | number | boolean>>,
): FakeInteraction {
  const application = world.applications.get(botId)
  const own = application?.commands.get(channel.guild?.id ?? '') ?? []
  const command = [...own, ...(application?.commands.get('') ?? [])].find((one) => one.name === name)
  if (!application || !command) throw new Error(`there is no command /${name}`)
  const given = Object.entries(options).map(([key, value]) => {
    return { name: key, value, type: typeof value === 'boolean' ? 5 : typeof value === 'number' ? 10 : 3 }
  })
  const data = { id: command.id, name, type: command.type, ...(given.length === 0 ? {} : { options: given }) }
  return viewInteraction(world, startInteraction(world, { application, type: 2, user, channel, data }))
}
