/** In which chats a permission request is asked: direct chats of approvers only, never a group (contract 8, `origin`). */
import type { Origin } from '@backchannel/protocol'
import type { Approver, RelayMode } from '../access/approvers-file.ts'

export interface Circumstances {
  readonly mode: RelayMode
  /** The first is the owner. */
  readonly approvers: readonly Approver[]
  /** The name the session gives this channel. */
  readonly source: string
  readonly origin: Origin | undefined
}

/** @returns no chat where nobody can be asked: the prompt is then answered elsewhere. */
export function chooseChats({ mode, approvers, source, origin }: Circumstances): readonly string[] {
  const [owner] = approvers
  if (mode === 'off' || owner === undefined) return []
  const chats = approvers.map(({ chat }) => chat)
  const caused = origin?.source === source ? origin.chatId : undefined
  if (mode === 'origin' && caused !== undefined && chats.includes(caused)) return [caused]
  return [owner.chat]
}
