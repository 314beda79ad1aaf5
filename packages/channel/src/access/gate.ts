/**
 * The gate: whether a message reaches the session, by who sent it and never by the room it stands in. Pure over the access
 * file, the message and the clock; reading the file, limits and codes that are kept are in admission.ts.
 */
import type { AccessFile, GroupAccess } from './access-file.ts'
import type { Offer, PairingClock, PendingPairing } from './pairing.ts'
import { isGood, offerAmong } from './pairing.ts'

/** A message as the platform vouches for it: what somebody wrote into it proves nothing, and is no part but `text`. */
export interface GateMessage {
  /** The platform's id of who wrote it; absent where it does not say, which is never let in. */
  readonly sender?: string | undefined
  /** The platform's id of where it was written. */
  readonly chat: string
  /** `other`: a broadcast channel and whatever else is no conversation. */
  readonly kind: 'direct' | 'group' | 'other'
  /** Of a thread, the group that it belongs to. */
  readonly parent?: string | undefined
  /** Whether the platform says that the bot is meant: its name, or a reply to it. Not `@everyone`. */
  readonly mentioned?: boolean
  readonly text: string
  /** True where the platform shows that it is the owner of this machine, as for a chat with oneself. */
  readonly isOwner?: boolean
  /** Shown to the operator, with the id before it. */
  readonly name?: string | undefined
  readonly handle?: string | undefined
}

export type GateReason =
  | 'access-unreadable'
  | 'disabled'
  | 'no-sender'
  | 'sender-unknown'
  | 'pairing-told'
  | 'group-unknown'
  | 'sender-not-in-group'
  | 'not-mentioned'
  | 'chat-kind'
  | 'rate-limited'

/** Every reason for which a message is dropped, in words. `docs/access.md` lists the same; a test compares both ways. */
export const GATE_REASONS: Readonly<Record<GateReason, string>> = {
  'access-unreadable': 'access.json cannot be read or written, so nobody is let in by it',
  disabled: 'the operator has switched the channel off (policy disabled)',
  'no-sender': 'the platform does not say who sent it',
  'sender-unknown': 'its sender is not on the list, and the policy gives no codes',
  'pairing-told': 'its sender was shown the code twice, and has not been paired',
  'group-unknown': 'the group is not one of those that the operator has added',
  'sender-not-in-group': 'the group has a list of members, and its sender is not on it',
  'not-mentioned': 'the group asks for a mention, and the message has none',
  'chat-kind': 'it was not written in a conversation',
  'rate-limited': 'its sender writes more than the limit a minute',
}

export type GateAnswer =
  | { readonly kind: 'admit' }
  | { readonly kind: 'drop'; readonly reason: GateReason }
  | { readonly kind: 'pair'; readonly offer: Offer }

export interface GateAccess extends Pick<AccessFile, 'dmPolicy' | 'allowFrom' | 'groups' | 'mentions'> {
  /** The codes that wait, wherever they are kept. */
  readonly pending: readonly PendingPairing[]
}

/** How ids are compared: as they are, unless the platform writes one id in several ways. */
export type NormalizeId = (id: string) => string

/** Never throws, whatever the file and the message hold. */
export function judge(
  access: GateAccess,
  message: GateMessage,
  clock: PairingClock,
  normalize: NormalizeId = (id) => id,
): GateAnswer {
  const { sender } = message
  if (access.dmPolicy === 'disabled') return drop('disabled')
  if (sender === undefined || sender === '') return drop('no-sender')
  if (message.isOwner === true) return ADMIT
  const isAmong = (ids: readonly string[]) => ids.some((id) => normalize(id) === normalize(sender))
  if (message.kind === 'group') return judgeInGroup(access, message, isAmong)
  if (message.kind !== 'direct') return drop('chat-kind')
  if (isAmong(access.allowFrom)) return ADMIT
  if (access.dmPolicy !== 'pairing') return drop('sender-unknown')
  const now = clock.now()
  const good = access.pending.filter((one) => isGood(one, now))
  const { chat, name, handle } = message
  const who = { sender, chat, ...(name === undefined ? {} : { name }), ...(handle === undefined ? {} : { handle }) }
  const offer = offerAmong(good, who, clock)
  return offer.told ? { kind: 'pair', offer } : drop('pairing-told')
}

function judgeInGroup(
  access: GateAccess,
  { chat, parent, mentioned, text }: GateMessage,
  isAmong: (ids: readonly string[]) => boolean,
): GateAnswer {
  const group = findGroup(access.groups, chat, parent)
  if (!group) return drop('group-unknown')
  if (group.allowFrom.length > 0 && !isAmong(group.allowFrom)) return drop('sender-not-in-group')
  if (!group.requireMention || mentioned === true || access.mentions.some((pattern) => pattern.test(text))) return ADMIT
  return drop('not-mentioned')
}

/** Where the agent may send something: a direct chat with somebody on the list, or a group that was added. */
export interface Place {
  readonly chat: string
  readonly parent?: string | undefined
  /** Of a direct chat: with whom. */
  readonly sender?: string | undefined
  /** True where the platform shows that it is the owner's chat with themselves; no list has to name them. */
  readonly isOwner?: boolean
}

export function mayReach(
  access: Pick<GateAccess, 'dmPolicy' | 'allowFrom' | 'groups'>,
  { chat, parent, sender, isOwner }: Place,
  normalize: NormalizeId = (id) => id,
): boolean {
  if (access.dmPolicy === 'disabled') return false
  if (isOwner === true) return true
  if (sender !== undefined && access.allowFrom.some((id) => normalize(id) === normalize(sender))) return true
  return findGroup(access.groups, chat, parent) !== undefined
}

/** A thread is heard where its parent is, unless it has an entry of its own. */
function findGroup(
  groups: ReadonlyMap<string, GroupAccess>,
  chat: string,
  parent: string | undefined,
): GroupAccess | undefined {
  return groups.get(chat) ?? (parent === undefined ? undefined : groups.get(parent))
}

const ADMIT: GateAnswer = { kind: 'admit' }

function drop(reason: GateReason): GateAnswer {
  return { kind: 'drop', reason }
}
