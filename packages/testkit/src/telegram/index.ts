/** A Telegram on loopback: the Bot API's wire, kept state, people to act in it, faults on demand. Needs no vitest. */

export type { BotOptions, FakeBot } from './bot.ts'
export { REACTION_EMOJIS } from './methods/reactions.ts'
export type { FakeChat } from './people/chat.ts'
export * as content from './people/content.ts'
export type { Group, GroupOptions } from './people/group.ts'
export type { Person, SendOptions } from './people/person.ts'
export { type FakeTelegram, startFakeTelegram } from './start.ts'
export type { PollCount } from './state/updates.ts'
export type { Call } from './state/world.ts'
export type { AddedFault, Fault, FaultKind, Faults } from './wire/faults.ts'
