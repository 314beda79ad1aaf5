/** The kit's spans as Telegram's entities. */
import type { Entity } from '@backchannel/channel/chat'
import type { MessageEntity } from 'grammy/types'

export function toEntities(entities: readonly Entity[]): MessageEntity[] {
  return entities.map(toEntity)
}

function toEntity({ kind, offset, length, url, language }: Entity): MessageEntity {
  if (kind === 'link') return { type: 'text_link', offset, length, url: url ?? '' }
  if (kind === 'pre') return { type: 'pre', offset, length, ...(language === undefined ? {} : { language }) }
  return { type: kind, offset, length }
}
