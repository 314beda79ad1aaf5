/** What a bot asks and sets about itself and its chats. */
import type { BotCommand, Chat, UserFromGetMe, WebhookInfo } from 'grammy/types'
import type { World } from '../state/world.ts'
import { badRequest } from '../wire/failure.ts'
import type { Parameters } from './parameters.ts'
import { findChat } from './target.ts'

export function getMe(world: World): UserFromGetMe {
  return world.me
}

export function setMyCommands(world: World, parameters: Parameters): true {
  const commands = parameters.json<BotCommand[]>('commands') ?? []
  if (commands.length > 100) throw badRequest('BOT_COMMANDS_TOO_MUCH')
  for (const { command, description } of commands) {
    if (!/^[a-z0-9_]{1,32}$/.test(command)) throw badRequest('BOT_COMMAND_INVALID')
    if (description.length < 1 || description.length > 256) throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID')
  }
  world.commands.set(scopeOf(parameters), commands)
  return true
}

export function getMyCommands(world: World, parameters: Parameters): readonly BotCommand[] {
  return world.commands.get(scopeOf(parameters)) ?? []
}

export function deleteMyCommands(world: World, parameters: Parameters): true {
  world.commands.delete(scopeOf(parameters))
  return true
}

function scopeOf(parameters: Parameters): string {
  return parameters.json<{ type: string }>('scope')?.type ?? 'default'
}

export function setWebhook(world: World, parameters: Parameters): true {
  world.webhook = parameters.text('url')
  if (parameters.flag('drop_pending_updates')) world.updates.drop()
  return true
}

export function deleteWebhook(world: World, parameters: Parameters): true {
  world.webhook = ''
  if (parameters.flag('drop_pending_updates')) world.updates.drop()
  return true
}

export function getWebhookInfo(world: World): WebhookInfo {
  const { length } = world.updates.waiting
  return { url: world.webhook, has_custom_certificate: false, pending_update_count: length }
}

export function getChat(world: World, parameters: Parameters): Chat {
  return findChat(world, parameters).chat
}

export function getChatMember(world: World, parameters: Parameters): object {
  const stored = findChat(world, parameters)
  const id = parameters.integer('user_id') ?? 0
  const user = world.users.get(id)
  if (!user) throw badRequest('PARTICIPANT_ID_INVALID')
  const status = id === world.me.id ? stored.bot : stored.members.has(id) ? 'member' : 'left'
  return { user, status }
}
