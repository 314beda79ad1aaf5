/** A webhook: a sender that is no user and no member, and can call itself what it likes. */
import type { APIMessage, APIUser } from 'discord-api-types/v10'
import { findMentions } from '../state/mentions.ts'
import { render } from '../state/messages.ts'
import { post } from '../state/posting.ts'
import type { MessageBody, StoredChannel, World } from '../state/world.ts'

export interface Webhook {
  readonly id: string
  says(words: string, options?: WebhookOptions): APIMessage
}

export interface WebhookOptions {
  /** A name for this one message. */
  readonly as?: string
  readonly embeds?: MessageBody['embeds']
  readonly extra?: Partial<APIMessage>
}

export function createWebhook(world: World, channel: StoredChannel, name: string): Webhook {
  const id = world.ids.next()
  return {
    id,
    says(words, { as = name, embeds = [], extra = {} } = {}) {
      const author: APIUser = { id, username: as, discriminator: '0000', global_name: null, avatar: null, bot: true }
      const mentions = findMentions(world, channel, author, words)
      const fixed = { webhook_id: id, ...extra }
      return render(world, post(world, channel, author, { body: { content: words, embeds, ...mentions }, fixed }))
    },
  }
}
