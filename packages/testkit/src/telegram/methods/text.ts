/** Texts and captions of a bot: parsed, checked and bounded as Telegram does. */
import type { MessageEntity } from 'grammy/types'
import { assertEntities, type FormattedText, trimText } from '../text/entities.ts'
import { parseMarkdownV2 } from '../text/markdown-v2.ts'
import { badRequest } from '../wire/failure.ts'
import type { Parameters } from './parameters.ts'

/** UTF-16 units after parsing. */
const TEXT_LIMIT = 4096
const CAPTION_LIMIT = 1024

/** @throws ApiFailure 400 */
export function readText(parameters: Parameters): FormattedText {
  const formatted = format(parameters.text('text'), parameters.text('parse_mode'), parameters.json('entities'))
  if (formatted.text === '') throw badRequest('message text is empty')
  if (formatted.text.length > TEXT_LIMIT) throw badRequest('message is too long')
  return formatted
}

/** @throws ApiFailure 400 */
export function readCaption(text: string, mode: string, entities: MessageEntity[] | undefined): Partial<Caption> {
  const formatted = format(text, mode, entities)
  if (formatted.text === '') return {}
  if (formatted.text.length > CAPTION_LIMIT) throw badRequest('message caption is too long')
  const { entities: found } = formatted
  return { caption: formatted.text, ...(found.length === 0 ? {} : { caption_entities: [...found] }) }
}

interface Caption {
  readonly caption: string
  readonly caption_entities: MessageEntity[]
}

function format(text: string, mode: string, entities: MessageEntity[] | undefined): FormattedText {
  if (!text.isWellFormed()) throw badRequest('strings must be encoded in UTF-8')
  const formatted = parse(text, mode, entities ?? [])
  assertEntities(formatted)
  return trimText(formatted)
}

/** A mode wins over entities, as it does there. */
function parse(text: string, mode: string, entities: readonly MessageEntity[]): FormattedText {
  if (mode === '') return { text, entities }
  if (mode.toLowerCase() === 'markdownv2') return parseMarkdownV2(text)
  throw badRequest('unsupported parse_mode')
}
