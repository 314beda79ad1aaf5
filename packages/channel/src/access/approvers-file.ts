/**
 * `approvers.json`: whose verdicts on permission prompts count. A file of its own beside `access.json`, since an official
 * server that shares the folder drops keys of `access.json` that it does not know.
 */
import { BackchannelError, isRecord } from '@backchannel/protocol'
import { showPlainly, UNSHOWN } from '../relay/show.ts'

/**
 * Where prompts go: `origin`, to the direct chat that caused the turn where an approver is in it, else to the owner's;
 * `dm`, always to the owner's direct chat; `off`, nowhere.
 */
export type RelayMode = 'off' | 'dm' | 'origin'
export const RELAY_MODES: readonly RelayMode[] = ['off', 'dm', 'origin']
export const DEFAULT_RELAY_MODE: RelayMode = 'origin'

export interface Approver {
  /** The sender's id on the platform. */
  readonly sender: string
  /** The direct chat with them; on most platforms it has the sender's id. */
  readonly chat: string
  /** For people; says nothing about who it is. */
  readonly name?: string
  /** When they became one, ISO 8601. */
  readonly since?: string
}

export interface ApproversFile {
  readonly relay: RelayMode
  /** The first is the owner. */
  readonly approvers: readonly Approver[]
  /** Keys that this version does not know; written back as they were. */
  readonly others: Readonly<Record<string, unknown>>
}

/** More approvers of one channel are nobody's wish. */
export const MOST_APPROVERS = 100
/** No platform has longer ids, in UTF-16 units. */
const LONGEST_ID = 200

/** @throws BackchannelError `state-invalid`, naming file and field: a file that is not understood lets nobody in. */
export function parseApprovers(value: unknown, file: string): ApproversFile {
  if (!isRecord(value)) throw refuse(file, 'the file', 'an object')
  const { relay = DEFAULT_RELAY_MODE, approvers = [], ...others } = value
  const mode = RELAY_MODES.find((known) => known === relay)
  if (mode === undefined) throw refuse(file, '"relay"', RELAY_MODES.map((known) => `"${known}"`).join(', '))
  if (!Array.isArray(approvers) || approvers.length > MOST_APPROVERS) {
    throw refuse(file, '"approvers"', `a list of at most ${MOST_APPROVERS}`)
  }
  const parsed = approvers.map((item: unknown, at) => parseApprover(item, file, `"approvers[${at}]"`))
  // The first entry of a sender counts, as everywhere.
  const unique = parsed.filter(({ sender }, at) => parsed.findIndex((one) => one.sender === sender) === at)
  return { relay: mode, approvers: unique, others }
}

/** @throws BackchannelError `arguments-invalid`: what is no id would spoil the file */
export function checkApprover({ sender, chat }: Approver): void {
  for (const id of [sender, chat]) {
    if (id.trim() !== '' && id.length <= LONGEST_ID && !UNSHOWN.test(id)) continue
    throw new BackchannelError('arguments-invalid', `"${showPlainly(id)}" is no id of a sender or chat.`, {
      hint: `An id is not empty, has at most ${LONGEST_ID} characters, and none that can't be seen.`,
    })
  }
}

export function renderApprovers({ relay, approvers, others }: ApproversFile): Record<string, unknown> {
  return { ...others, relay, approvers: approvers.map((approver) => ({ ...approver })) }
}

function parseApprover(item: unknown, file: string, field: string): Approver {
  if (!isRecord(item)) throw refuse(file, field, 'an object with "sender"')
  const { sender, chat, name, since } = item
  if (typeof sender !== 'string' || sender === '') throw refuse(file, `${field} "sender"`, 'a text')
  return {
    sender,
    chat: typeof chat === 'string' && chat !== '' ? chat : sender,
    ...(typeof name === 'string' && name !== '' ? { name } : {}),
    ...(typeof since === 'string' ? { since } : {}),
  }
}

function refuse(file: string, field: string, expected: string): BackchannelError {
  return new BackchannelError('state-invalid', `${file} can't be used: ${field} is not ${expected}.`, {
    hint: 'Correct it, or move it away. Until then verdicts come from the terminal only.',
  })
}
