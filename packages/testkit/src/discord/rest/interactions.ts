/** Answers to buttons and commands: the first within three seconds and once, more with the token for a quarter of an hour. */
import type { APIMessage } from 'discord-api-types/v10'
import { ANSWER_MS, type AnswerType, type StoredInteraction, TOKEN_MS } from '../state/interactions.ts'
import { change, render } from '../state/messages.ts'
import { may } from '../state/permissions.ts'
import { edit, post, remove } from '../state/posting.ts'
import type { MessageBody, StoredMessage, World } from '../state/world.ts'
import type { RequestBody } from '../wire/body.ts'
import { fail, invalid } from '../wire/failure.ts'
import type { Routed } from '../wire/server.ts'
import { compose, EPHEMERAL } from './compose.ts'
import { type Fields, isFields } from './context.ts'

const LOADING: number = 1 << 7
const TYPES: readonly AnswerType[] = [4, 5, 6, 7, 9]
const OF_COMPONENTS: readonly AnswerType[] = [6, 7]
const COMMAND_ANSWER = 20
const REPLY = 19

/** These routes know who asks by the token in their path. */
export interface TokenContext {
  readonly world: World
  readonly request: Routed
  readonly body: RequestBody
  readonly fields: Fields
}

export function answerInteraction(context: TokenContext): unknown {
  const { world, request, fields } = context
  const interaction = world.interactions.get(request.parameters['interaction'] ?? '')
  if (!interaction || interaction.token !== request.parameters['token']) throw fail('unknownInteraction')
  if (world.now() - interaction.createdAt > ANSWER_MS && interaction.answer === undefined) {
    throw fail('unknownInteraction')
  }
  const type = fields['type'] as AnswerType
  const isFitting = TYPES.includes(type) && (interaction.source !== undefined || !OF_COMPONENTS.includes(type))
  if (!isFitting) {
    throw invalid('type', 'BASE_TYPE_CHOICES', `Value must be one of {${TYPES.join(', ')}}.`)
  }
  if (interaction.answer !== undefined) throw fail('alreadyAnswered')
  const data = isFields(fields['data']) ? fields['data'] : {}
  apply(context, interaction, type, data)
  interaction.answer = type
  if (request.query.get('with_response') !== 'true') return undefined
  const { original } = interaction
  return {
    interaction: {
      id: interaction.id,
      type: interaction.type,
      ...(original ? { response_message_id: original.id } : {}),
      response_message_loading: interaction.isWaiting,
      response_message_ephemeral: original?.onlyFor !== undefined,
    },
    ...(original ? { resource: { type, message: render(world, original) } } : {}),
  }
}

/** @throws ApiFailure 50083 */
function apply(context: TokenContext, interaction: StoredInteraction, type: AnswerType, data: Fields): void {
  const { world, body } = context
  const { source, channel, application } = interaction
  if (channel.isLocked && channel.isArchived && !may(channel, application.id, 'ManageThreads')) throw fail('archived')
  if (type === 4) interaction.original = say(context, interaction, data)
  if (type === 5) {
    const isEphemeral = (Number(data['flags'] ?? 0) & EPHEMERAL) !== 0
    interaction.isWaiting = true
    interaction.original = write(world, interaction, { flags: LOADING | (isEphemeral ? EPHEMERAL : 0) })
  }
  if (type === 6) interaction.original = source
  if (type === 7 && source) {
    const before = { before: source.body }
    replace(world, source, compose(world, channel, application.user, data, body.files, before))
    interaction.original = source
  }
  if (type === 9) interaction.modal = data
}

function say({ world, body }: TokenContext, interaction: StoredInteraction, data: Fields): StoredMessage {
  const { channel, application } = interaction
  return write(world, interaction, compose(world, channel, application.user, data, body.files))
}

/** Where the message says so, only who pressed sees it. */
function write(world: World, interaction: StoredInteraction, body: Partial<MessageBody>): StoredMessage {
  const { channel, application, user, source, type } = interaction
  const isEphemeral = ((body.flags ?? 0) & EPHEMERAL) !== 0
  const reference = source ? { type: 0, message_id: source.id, channel_id: channel.id } : undefined
  const fixed = {
    type: type === 2 ? COMMAND_ANSWER : reference ? REPLY : 0,
    application_id: application.id,
    webhook_id: application.id,
    interaction_metadata: { id: interaction.id, type, user, authorizing_integration_owners: {} },
    ...(reference ? { message_reference: reference } : {}),
  } as Partial<APIMessage>
  return post(world, channel, application.user, { body, fixed, onlyFor: isEphemeral ? user.id : undefined })
}

function replace(world: World, message: StoredMessage, body: Partial<MessageBody>): void {
  if (message.onlyFor === undefined) edit(world, message, body)
  else change(world, message, body)
}

/** @throws ApiFailure 10015, 50027 */
function findByToken({ world, request }: TokenContext): StoredInteraction {
  const { application, token } = request.parameters
  const found = [...world.interactions.values()].find((one) => one.token === token)
  if (!found || found.application.id !== application) throw fail('unknownWebhook')
  if (world.now() - found.createdAt > TOKEN_MS) throw fail('invalidToken')
  // Before the first answer there is nothing to follow up.
  if (found.answer === undefined) throw fail('unknownWebhook')
  return found
}

function findAnswer(context: TokenContext, interaction: StoredInteraction): StoredMessage {
  const { message } = context.request.parameters
  const all = [interaction.original, ...interaction.followups]
  const found = message === '@original' ? interaction.original : all.find((one) => one?.id === message)
  if (!found || found.isDeleted) throw fail('unknownMessage')
  return found
}

/** Another message. The first one after "it comes later" takes the place of the waiting one. */
export function followUp(context: TokenContext): unknown {
  const { world, fields } = context
  const interaction = findByToken(context)
  if (interaction.isWaiting && interaction.original) return editWaiting(context, interaction, interaction.original)
  const message = say(context, interaction, fields)
  interaction.followups.push(message)
  return render(world, message)
}

function editWaiting(context: TokenContext, interaction: StoredInteraction, message: StoredMessage): unknown {
  const { world, fields, body } = context
  const { channel, application } = interaction
  const next = compose(world, channel, application.user, fields, body.files, { before: message.body })
  interaction.isWaiting = false
  replace(world, message, { ...next, flags: message.body.flags & ~LOADING })
  return render(world, message)
}

export function getAnswer(context: TokenContext): unknown {
  return render(context.world, findAnswer(context, findByToken(context)))
}

export function editAnswer(context: TokenContext): unknown {
  const interaction = findByToken(context)
  return editWaiting(context, interaction, findAnswer(context, interaction))
}

export function deleteAnswer(context: TokenContext): undefined {
  const { world } = context
  remove(world, findAnswer(context, findByToken(context)))
}
