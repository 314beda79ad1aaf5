/** The intents of the gateway: which bits there are, which are privileged, and which let what through. */
import type { Application, PrivilegedIntent } from '../state/applications.ts'

export const GUILDS: number = 1 << 0
export const GUILD_MEMBERS: number = 1 << 1
export const MESSAGE_CONTENT: number = 1 << 15

export type MessageIntents = Readonly<Record<'Messages' | 'Reactions' | 'Typing', number>>
export const GUILD: MessageIntents = { Messages: 1 << 9, Reactions: 1 << 10, Typing: 1 << 11 }
export const DIRECT: MessageIntents = { Messages: 1 << 12, Reactions: 1 << 13, Typing: 1 << 14 }

const PRIVILEGED: readonly (readonly [bit: number, name: PrivilegedIntent])[] = [
  [GUILD_MEMBERS, 'members'],
  [1 << 8, 'presences'],
  [MESSAGE_CONTENT, 'content'],
]
/** Bits 0 to 16, 20, 21, 24 and 25 mean something. */
const KNOWN: number = 0x1ffff | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25)

/** The close code for intents that can't be had: 4013 for bits that mean nothing, 4014 for one that is switched off. */
export function intentProblem(intents: unknown, application: Application): 4013 | 4014 | undefined {
  if (typeof intents !== 'number' || !Number.isInteger(intents) || intents < 0 || (intents & ~KNOWN) !== 0) return 4013
  const isRefused = PRIVILEGED.some(([bit, name]) => (intents & bit) !== 0 && !application.intents.has(name))
  return isRefused ? 4014 : undefined
}
