/** `access.json` in the official schema, as far as it is needed here: who may write, and which codes wait. */
import { BackchannelError, isRecord } from '@backchannel/protocol'
import type { PendingPairing } from './pairing.ts'

export interface AccessFile {
  /** Ids of senders whose messages come through. */
  readonly allowFrom: readonly string[]
  readonly pending: readonly PendingPairing[]
  /** Every other key, written back as it was. */
  readonly others: Readonly<Record<string, unknown>>
}

/** @throws BackchannelError `state-invalid`: a file that is not understood lets nobody in */
export function parseAccess(value: unknown, file: string): AccessFile {
  if (value === undefined) return { allowFrom: [], pending: [], others: {} }
  if (!isRecord(value)) throw refuse(file, 'the file is no object')
  const { allowFrom = [], pending = {}, ...others } = value
  if (!Array.isArray(allowFrom) || !allowFrom.every((id) => typeof id === 'string')) {
    throw refuse(file, '"allowFrom" is no list of texts')
  }
  if (!isRecord(pending)) throw refuse(file, '"pending" is no object')
  return { allowFrom, pending: Object.entries(pending).flatMap(parsePending), others }
}

export function renderAccess({ allowFrom, pending, others }: AccessFile): Record<string, unknown> {
  const entries = pending.map(({ code, sender, chat, createdAt, expiresAt, name }) => [
    code,
    { senderId: sender, chatId: chat, createdAt, expiresAt, replies: 1, ...(name === undefined ? {} : { name }) },
  ])
  return { ...others, allowFrom: [...allowFrom], pending: Object.fromEntries(entries) }
}

/** One that is not understood can't be paired, and does no harm. */
function parsePending([code, value]: [string, unknown]): PendingPairing[] {
  if (!isRecord(value)) return []
  const { senderId, chatId, createdAt, expiresAt, name } = value
  if (typeof senderId !== 'string' || typeof expiresAt !== 'number') return []
  return [
    {
      code,
      sender: senderId,
      chat: typeof chatId === 'string' ? chatId : senderId,
      createdAt: typeof createdAt === 'number' ? createdAt : 0,
      expiresAt,
      ...(typeof name === 'string' ? { name } : {}),
    },
  ]
}

function refuse(file: string, problem: string): BackchannelError {
  return new BackchannelError('state-invalid', `${file} can't be used: ${problem}.`, {
    hint: 'Correct it, or move it away to begin with an empty one. Until then nobody is let in by it.',
  })
}
