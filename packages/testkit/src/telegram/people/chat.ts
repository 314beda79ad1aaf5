/** A chat as a test looks at it: what is in it, and what the bot did there. */
import type { Chat, Message, ReactionTypeEmoji } from 'grammy/types'
import type { ChatAction, StoredChat, StoredMessage, World } from '../state/world.ts'

export interface FakeChat {
  readonly id: number
  /** Everything in it that is not deleted, oldest first. */
  readonly messages: readonly Message[]
  /** What the bot sent and did not delete. */
  readonly byBot: readonly Message[]
  /** The texts and captions of those. */
  readonly texts: readonly string[]
  /** What the bot said that it was doing: `typing`, `upload_photo`, … */
  readonly actions: readonly ChatAction[]
  /** The message as it is now. */
  message(id: number): Message | undefined
  /** What it was before each edit. */
  earlier(id: number): readonly Message[]
  /** The bot's reaction to a message. */
  reactionOfBot(id: number): ReactionTypeEmoji['emoji'] | undefined
}

/** `chat` is asked for the id only: a private chat is there once somebody has written. */
export function viewChat(world: World, chat: () => Chat): FakeChat {
  const { id } = chat()
  const stored = (): StoredChat | undefined => world.chats.get(id)
  const all = (): StoredMessage[] => [...(stored()?.messages.values() ?? [])].filter(({ deleted }) => !deleted)
  const byBot = () => all().flatMap(({ message }) => (message.from?.id === world.me.id ? [message] : []))
  return {
    id,
    get messages() {
      return all().map(({ message }) => message)
    },
    get byBot() {
      return byBot()
    },
    get texts() {
      return byBot().map(({ text, caption }) => text ?? caption ?? '')
    },
    get actions() {
      return stored()?.actions ?? []
    },
    message: (message) => stored()?.messages.get(message)?.message,
    earlier: (message) => stored()?.messages.get(message)?.earlier ?? [],
    reactionOfBot: (message) => stored()?.messages.get(message)?.reactions.get(world.me.id)?.[0],
  }
}
