/** `access.json` in the official schema, as far as it is needed here: who may write, and which codes wait. */
import { BackchannelError, isRecord } from '@backchannel/protocol'
import type { PendingPairing } from './pairing.ts'

export interface AccessFile {
  /** Ids of senders whose messages come through. */
  readonly allowFrom: readonly string[]
  /** Those that are understood; one that is not can't be paired, and stays in the file as it is. */
  readonly pending: readonly PendingPairing[]
  /** The whole file as it was read: what is not changed is written back as it was. */
  readonly raw: Readonly<Record<string, unknown>>
}

/** @throws BackchannelError `state-invalid`: a file that is not understood lets nobody in */
export function parseAccess(value: unknown, file: string): AccessFile {
  if (value === undefined) return { allowFrom: [], pending: [], raw: {} }
  if (!isRecord(value)) throw refuse(file, 'the file is no object')
  const allowFrom = own(value, 'allowFrom') ?? []
  const pending = own(value, 'pending') ?? {}
  if (!Array.isArray(allowFrom) || !allowFrom.every((id) => typeof id === 'string')) {
    throw refuse(file, '"allowFrom" is no list of texts')
  }
  if (!isRecord(pending)) throw refuse(file, '"pending" is no object')
  return { allowFrom, pending: Object.entries(pending).flatMap(parsePending), raw: value }
}

/** Takes the codes in `without` out, and one in; every other key and entry stays as it was. */
export function renderAccess(
  { raw }: AccessFile,
  change: { readonly without: ReadonlySet<string>; readonly offered?: PendingPairing },
): Record<string, unknown> {
  const pending = own(raw, 'pending')
  const kept = Object.entries(isRecord(pending) ? pending : {}).filter(([code]) => !change.without.has(code))
  const added = change.offered === undefined ? [] : [[change.offered.code, renderPending(change.offered)] as const]
  // An official server that starts with this file takes its own default for what is missing.
  return {
    ...raw,
    allowFrom: own(raw, 'allowFrom') ?? [],
    groups: own(raw, 'groups') ?? {},
    pending: Object.fromEntries([...kept, ...added]),
  }
}

function renderPending({ sender, chat, createdAt, expiresAt, name }: PendingPairing): Record<string, unknown> {
  return { senderId: sender, chatId: chat, createdAt, expiresAt, replies: 1, ...(name === undefined ? {} : { name }) }
}

function parsePending([code, value]: [string, unknown]): PendingPairing[] {
  if (!isRecord(value)) return []
  const { senderId, chatId, createdAt, expiresAt, name } = value
  if (typeof senderId !== 'string' || senderId === '' || typeof expiresAt !== 'number') return []
  return [
    {
      code,
      sender: senderId,
      chat: typeof chatId === 'string' && chatId !== '' ? chatId : senderId,
      createdAt: typeof createdAt === 'number' ? createdAt : 0,
      expiresAt,
      ...(typeof name === 'string' ? { name } : {}),
    },
  ]
}

function own(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

function refuse(file: string, problem: string): BackchannelError {
  return new BackchannelError('state-invalid', `${file} can't be used: ${problem}.`, {
    hint: 'Correct it, or move it away to begin with an empty one. Until then nobody is let in by it.',
  })
}
