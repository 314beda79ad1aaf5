/** Whether something that came in goes on: the gate of the channel, and what is a matter of chats, such as bots and edits. */
import type { Access } from '../../access/access.ts'
import type { AccessFile, GroupAccess } from '../../access/access-file.ts'
import type { Admission } from '../../access/admission.ts'
import type { GateMessage, Place } from '../../access/gate.ts'
import type { InboundMessage, Reaction, Sender } from '../platform/inbound.ts'

export interface Incoming {
  readonly chat: InboundMessage['chat']
  readonly sender?: InboundMessage['sender']
  readonly text: string
  readonly mentionsMe: boolean
  /** An edit or a reaction: a stranger's is no reason to show a code. */
  readonly isChange: boolean
}

export type Admitted = Admission | { readonly kind: 'drop'; readonly reason: 'own-message' | 'bot' }

export async function admit(
  incoming: Incoming,
  access: Pick<Access, 'admit' | 'current' | 'mayReach'>,
  myId: string | undefined,
): Promise<Admitted> {
  const { chat, sender, isChange } = incoming
  if (sender !== undefined && sender.id === myId && sender.isOwner !== true) return drop('own-message')
  // Two bots that answer each other never end.
  if (sender?.isBot === true && !isListed(await access.current(), incoming)) return drop('bot')
  if (isChange && chat.kind === 'direct' && sender?.isOwner !== true) {
    const place = { chat: chat.id, ...(sender === undefined ? {} : { sender: sender.id }) }
    if (!(await access.mayReach(place))) return { kind: 'drop', reason: 'sender-unknown' }
  }
  return access.admit(toGateMessage(incoming))
}

export function toGateMessage({ chat, sender, text, mentionsMe }: Incoming): GateMessage {
  return {
    sender: sender?.id,
    chat: chat.id,
    kind: chat.kind === 'channel' ? 'other' : chat.kind,
    parent: chat.parentId,
    mentioned: mentionsMe,
    text,
    ...(sender?.isOwner === true ? { isOwner: true } : {}),
    name: sender?.name,
    handle: sender?.handle,
  }
}

/** A bot is heard where its id stands in the file; a group that is open to everybody is open to people. */
function isListed(file: AccessFile | undefined, { chat, sender }: Incoming): boolean {
  if (!file || !sender) return false
  return (
    file.allowFrom.includes(sender.id) || groupOf(file, chat.id, chat.parentId)?.allowFrom.includes(sender.id) === true
  )
}

/** Whether what this one has written in a group may be read there, mentions apart. */
export function isOnList(file: AccessFile, sender: Sender, { chat, parent }: Place): boolean {
  const members = groupOf(file, chat, parent)?.allowFrom
  if (members === undefined) return false
  if (sender.isBot) return file.allowFrom.includes(sender.id) || members.includes(sender.id)
  return members.length === 0 || members.includes(sender.id)
}

function groupOf(file: AccessFile, chat: string, parent: string | undefined): GroupAccess | undefined {
  return file.groups.get(chat) ?? (parent === undefined ? undefined : file.groups.get(parent))
}

export function fromMessage({ chat, sender, text, mentionsMe, edited }: InboundMessage): Incoming {
  return { chat, ...(sender === undefined ? {} : { sender }), text, mentionsMe, isChange: edited }
}

export function fromReaction({ chat, sender }: Reaction): Incoming {
  return { chat, ...(sender === undefined ? {} : { sender }), text: '', mentionsMe: false, isChange: true }
}

function drop(reason: 'own-message' | 'bot'): Admitted {
  return { kind: 'drop', reason }
}
