/** Reads what a bot wants to send: words, embeds, buttons, files, whom it pings; refused as Discord refuses it. */
import type { APIAllowedMentions, APIUser } from 'discord-api-types/v10'
import type { StoredFile } from '../state/cdn.ts'
import { findMentions } from '../state/mentions.ts'
import type { MessageBody, StoredChannel, StoredMessage, World } from '../state/world.ts'
import type { RequestBody, Upload } from '../wire/body.ts'
import { fail, invalid, tooLong } from '../wire/failure.ts'
import { readComponents } from './components.ts'
import { type Fields, isFields } from './context.ts'

const MOST_TEXT = 2_000
const MOST_FILES = 10
const MOST_EMBEDS = 10
const MOST_EMBED_TEXT = 4_096

export const EPHEMERAL: number = 1 << 6
export const COMPONENTS_V2: number = 1 << 15
/** What a bot may set: no embeds, ephemeral, no notification, components of the second version. */
const FLAGS: number = (1 << 2) | EPHEMERAL | (1 << 12) | COMPONENTS_V2

export interface ComposeOptions {
  readonly replyTo?: StoredMessage | undefined
  /** Of an edit: the message as it is. */
  readonly before?: MessageBody
}

/** What a new message, or an edited one, is. @throws ApiFailure 50035, 50006, 40005 */
export function compose(
  world: World,
  channel: StoredChannel,
  author: APIUser,
  fields: Fields,
  files: RequestBody['files'],
  { replyTo, before }: ComposeOptions = {},
): Omit<MessageBody, 'editedAt'> {
  const content = fields['content'] === undefined && before ? before.content : readText(fields['content'])
  const flags = (before?.flags ?? 0) | (Number(fields['flags'] ?? 0) & FLAGS)
  const isEphemeral = (flags & EPHEMERAL) !== 0
  const attachments = readAttachments(world, channel, fields, files, isEphemeral, before?.attachments)
  const embeds = fields['embeds'] === undefined && before ? before.embeds : readEmbeds(fields['embeds'])
  const components =
    fields['components'] === undefined && before ? before.components : readComponents(fields['components'], flags)
  const allowed = readAllowed(fields['allowed_mentions'])
  const isEmpty = content === '' && embeds.length === 0 && attachments.length === 0
  const hasMore = fields['sticker_ids'] !== undefined || fields['poll'] !== undefined
  if (isEmpty && !hasMore && !((flags & COMPONENTS_V2) !== 0 && components.length > 0)) throw fail('empty')
  const mentions = findMentions(world, channel, author, content, { allowed, replyTo })
  return { content, attachments, embeds, components, flags, ...mentions }
}

/** Counted in code points; white space around is taken away. */
function readText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw invalid('content', 'STRING_TYPE_CONVERT', `Could not interpret "${JSON.stringify(value)}" as string.`)
  }
  const text = String(value).trim()
  if ([...text].length > MOST_TEXT) throw tooLong('content', MOST_TEXT)
  return text
}

function readEmbeds(value: unknown): MessageBody['embeds'] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw invalid('embeds', 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType')
  if (value.length > MOST_EMBEDS) throw tooLong('embeds', MOST_EMBEDS)
  for (const [at, embed] of (value as { description?: string; title?: string }[]).entries()) {
    if ((embed.description ?? '').length > MOST_EMBED_TEXT) throw tooLong(`embeds.${at}.description`, MOST_EMBED_TEXT)
    if ((embed.title ?? '').length > 256) throw tooLong(`embeds.${at}.title`, 256)
  }
  return value as MessageBody['embeds']
}

/** A list and `parse` must not name the same kind. */
function readAllowed(value: unknown): APIAllowedMentions | undefined {
  if (value === undefined || value === null) return undefined
  const allowed = value as APIAllowedMentions
  for (const kind of ['users', 'roles'] as const) {
    const isParsed = (allowed.parse ?? []).some((one) => one === kind)
    if (isParsed && (allowed[kind]?.length ?? 0) > 0) {
      const words = `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`
      throw invalid('allowed_mentions', 'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE', words)
    }
  }
  return allowed
}

/** `attachments` says what stays of an edited message, and names and describes what is uploaded, by its number. */
function readAttachments(
  world: World,
  channel: StoredChannel,
  fields: Fields,
  files: RequestBody['files'],
  isEphemeral: boolean,
  before: readonly StoredFile[] = [],
): readonly StoredFile[] {
  const named = Array.isArray(fields['attachments']) ? fields['attachments'].filter(isFields) : undefined
  const kept = named === undefined ? before : before.filter(({ id }) => named.some((one) => String(one['id']) === id))
  const added = [...files].map(([number, upload]) => {
    const given = named?.find((one) => String(one['id']) === String(number))
    return storeUpload(world, channel, upload, given ?? {}, isEphemeral)
  })
  const all = [...kept, ...added]
  if (all.length > MOST_FILES) throw tooLong('attachments', MOST_FILES)
  for (const file of added) world.cdn.add(file)
  return all
}

function storeUpload(
  world: World,
  channel: StoredChannel,
  { name, mime, bytes }: Upload,
  given: Fields,
  isEphemeral: boolean,
): StoredFile {
  if (bytes.length > world.attachmentLimit) throw fail('tooLarge')
  const wanted = typeof given['filename'] === 'string' ? given['filename'] : name
  const safe = safeName(wanted)
  const { description } = given
  return {
    id: world.ids.next(),
    channelId: channel.id,
    name: safe,
    bytes,
    size: bytes.length,
    mime: mime === '' ? undefined : mime,
    isEphemeral,
    ...(typeof description === 'string' ? { description } : {}),
    ...(safe === wanted ? {} : { title: wanted.replace(/\.[^.]*$/, '') }),
  }
}

/** Discord keeps letters, digits, dots, dashes and underscores of a name. */
function safeName(name: string): string {
  const safe = name.replaceAll(' ', '_').replace(/[^\w.-]/g, '')
  return safe === '' || safe.startsWith('.') ? `unknown${safe}` : safe
}
