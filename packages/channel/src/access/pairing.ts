/**
 * Codes with which a sender gets on a list: shown to the sender, typed by the operator, short-lived, one a sender. Whoever
 * asks can't keep others from asking: where very many wait, the oldest gives way, however often its sender wrote.
 */
import { randomBytes } from 'node:crypto'
import { isRecord } from '@backchannel/protocol'

export interface PendingPairing {
  readonly code: string
  readonly sender: string
  readonly chat: string
  /** As the sender calls themselves; says nothing about who it is. */
  readonly name?: string
  /** The sender's name on the platform, where it has one beside the id: `@ada`. */
  readonly handle?: string
  /** In milliseconds since 1970. */
  readonly createdAt: number
  readonly expiresAt: number
  /** How often the sender was told. */
  readonly replies: number
}

/** Whom a code is for. */
export type Candidate = Pick<PendingPairing, 'sender' | 'chat' | 'name' | 'handle'>

export interface Offer {
  readonly pairing: PendingPairing
  /** False once the sender has been told {@link MOST_REPLIES} times: they hear nothing more. */
  readonly told: boolean
  readonly isNew: boolean
  /** The codes that are good no longer, so that this one is. */
  readonly gaveWay: readonly string[]
}

export const PAIRING_LIFETIME_MS = 3_600_000
/** More accounts at once than anybody has by accident. */
export const MOST_PENDING = 100
/** The code, and once more for who asks again. */
export const MOST_REPLIES = 2
const CODE_BYTES = 3

export interface PairingClock {
  now(): number
  /** Six hexadecimal digits; from the kernel by default. */
  random?(): string
}

/** The sender's code among those that are good, or a new one. */
export function offerAmong(
  good: readonly PendingPairing[],
  { sender, chat, name, handle }: Candidate,
  { now, random = randomCode }: PairingClock,
): Offer {
  const known = good.find((one) => one.sender === sender && one.chat === chat)
  if (known) {
    const told = known.replies < MOST_REPLIES
    return { pairing: told ? { ...known, replies: known.replies + 1 } : known, told, isNew: false, gaveWay: [] }
  }
  let code = random()
  while (good.some((one) => one.code === code)) code = random()
  const words = { ...(name === undefined ? {} : { name }), ...(handle === undefined ? {} : { handle }) }
  const createdAt = now()
  const times = { createdAt, expiresAt: createdAt + PAIRING_LIFETIME_MS, replies: 1 }
  return { pairing: { code, sender, chat, ...words, ...times }, told: true, isNew: true, gaveWay: room(good, sender) }
}

/** What has to go for one more: another code of the same sender, else where it is full the oldest of somebody else. */
function room(good: readonly PendingPairing[], sender: string): readonly string[] {
  const own = good.filter((one) => one.sender === sender).map(({ code }) => code)
  if (good.length - own.length < MOST_PENDING) return own
  const oldest = [...good].filter((one) => one.sender !== sender).sort((one, other) => one.createdAt - other.createdAt)
  return [...own, ...oldest.slice(0, good.length - own.length - MOST_PENDING + 1).map(({ code }) => code)]
}

/**
 * A clock that was set back does not make a code live longer than its time; and one that claims to live longer than any
 * of ours was not made by a channel.
 */
export function isGood({ createdAt, expiresAt }: PendingPairing, now: number): boolean {
  return createdAt <= now && now < expiresAt && expiresAt - now <= PAIRING_LIFETIME_MS
}

/** As it was shown, however the operator typed it. */
export function normalizeCode(code: string): string {
  return code.trim().toLowerCase()
}

/** An entry of `pending`; nothing for one that is not understood. */
export function parsePending([code, value]: [string, unknown]): PendingPairing[] {
  if (!isRecord(value)) return []
  const { senderId, chatId, createdAt, expiresAt, name, handle, replies } = value
  const sender = toId(senderId)
  if (sender === undefined || typeof expiresAt !== 'number') return []
  return [
    {
      code,
      sender,
      chat: toId(chatId) ?? sender,
      createdAt: typeof createdAt === 'number' ? createdAt : 0,
      expiresAt,
      ...(typeof name === 'string' ? { name } : {}),
      ...(typeof handle === 'string' ? { handle } : {}),
      // The official servers read it like this.
      replies: Number.isSafeInteger(replies) && Number(replies) > 0 ? Number(replies) : 1,
    },
  ]
}

export function renderPending({ sender, chat, code: _key, ...others }: PendingPairing): Record<string, unknown> {
  return { senderId: sender, chatId: chat, ...others }
}

function toId(value: unknown): string | undefined {
  const id = Number.isSafeInteger(value) ? String(value) : value
  return typeof id === 'string' && id !== '' ? id : undefined
}

function randomCode(): string {
  return randomBytes(CODE_BYTES).toString('hex')
}
