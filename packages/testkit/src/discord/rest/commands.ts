/** Commands of an application, global or of one guild. */
import type { APIApplicationCommand } from 'discord-api-types/v10'
import { fail, invalid, tooLong } from '../wire/failure.ts'
import { type Context, type Fields, findGuild, idOf, isFields } from './context.ts'

const NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u
const MOST_DESCRIPTION = 100
const MOST_COMMANDS = 100

export function listCommands(context: Context): unknown {
  return stored(context)
}

/** Replaces all of them. One that keeps its name keeps its id. */
export function overwriteCommands(context: Context): unknown {
  const { body } = context
  if (!Array.isArray(body.json)) {
    throw invalid('_errors', 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType')
  }
  if (body.json.length > MOST_COMMANDS) throw tooLong('_errors', MOST_COMMANDS)
  const next = body.json.map((one, at) => toCommand(context, isFields(one) ? one : {}, `${at}.`))
  return store(context, next)
}

/** Makes one, or replaces the one of that name. */
export function createCommand(context: Context): unknown {
  const command = toCommand(context, context.fields, '')
  store(context, [...stored(context).filter(({ name }) => name !== command.name), command])
  return command
}

export function deleteCommand(context: Context): undefined {
  const all = stored(context)
  const left = all.filter(({ id }) => id !== idOf(context, 'command'))
  if (left.length === all.length) throw fail('unknownCommand')
  store(context, left)
}

function keyOf(context: Context): string {
  if (idOf(context, 'application') !== context.application.id) throw fail('unknownApplication')
  return context.request.parameters['guild'] === undefined ? '' : findGuild(context).id
}

function stored(context: Context): readonly APIApplicationCommand[] {
  return context.application.commands.get(keyOf(context)) ?? []
}

function store(context: Context, commands: readonly APIApplicationCommand[]): readonly APIApplicationCommand[] {
  context.application.commands.set(keyOf(context), commands)
  return commands
}

function toCommand(context: Context, fields: Fields, path: string): APIApplicationCommand {
  const { world, application } = context
  const name = String(fields['name'] ?? '')
  const type = Number(fields['type'] ?? 1)
  const description = String(fields['description'] ?? '')
  const isChatInput = type === 1
  if (isChatInput && (!NAME.test(name) || name !== name.toLowerCase())) {
    throw invalid(`${path}name`, 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid')
  }
  if (isChatInput && description === '') {
    throw invalid(`${path}description`, 'BASE_TYPE_REQUIRED', 'This field is required')
  }
  if (description.length > MOST_DESCRIPTION) throw tooLong(`${path}description`, MOST_DESCRIPTION)
  const known = stored(context).find((one) => one.name === name && one.type === type)
  const guildId = keyOf(context)
  const command = {
    dm_permission: true,
    default_member_permissions: null,
    nsfw: false,
    ...fields,
    id: known?.id ?? world.ids.next(),
    application_id: application.id,
    version: world.ids.next(),
    type,
    name,
    description,
    ...(guildId === '' ? {} : { guild_id: guildId }),
  }
  return command as APIApplicationCommand
}
