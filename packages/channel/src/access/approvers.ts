/**
 * Who may answer permission prompts, while a channel runs. Towards a host that passes the operator's word on, the list is
 * read once and then changes by that word alone: a script that edits the file does not make itself an approver of the
 * running session. Towards any other host the operator's program edits the file, so it is read at each question.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { BackchannelError, renderError, toError } from '@backchannel/protocol'
import type { Log } from '../log.ts'
import { changeJsonState, readJsonState } from '../state/atomic-file.ts'
import {
  type Approver,
  type ApproversFile,
  checkApprover,
  DEFAULT_RELAY_MODE,
  MOST_APPROVERS,
  parseApprovers,
  type RelayMode,
  renderApprovers,
} from './approvers-file.ts'

export interface Approvers {
  /** The sentence of {@link NamedApprovers}, where the channel's own settings name them. */
  readonly where?: string | undefined
  /** Those whose verdicts count now, the owner first; nobody where the file can't be used, which is told. */
  list(): Promise<readonly Approver[]>
  mode(): Promise<RelayMode>
  /** The same text as long as the same senders may approve; says nothing about who they are. */
  digest(): Promise<string>
  /** Why nobody is on the list, where that is not what a file says. */
  problem(): Promise<string | undefined>
  /**
   * @returns false for one who was on the list already, with that chat.
   * @throws BackchannelError `arguments-invalid` for an id that is none or a list that is full, `state-invalid` for a
   *   file that can't be used (it stays as it is), `state-unwritable`
   */
  add(approver: Approver): Promise<boolean>
  /** @returns false for one who was not on it. @throws as {@link add} */
  remove(sender: string): Promise<boolean>
  /** @throws as {@link add} */
  setMode(mode: RelayMode): Promise<void>
  /** Writes down who is the owner, where that is only concluded from who may write. @throws as {@link add} */
  settle(): Promise<void>
}

/** Approvers by a channel's own settings. The channel sees to it that no script names itself there during the session. */
export interface NamedApprovers {
  /** Those whose verdicts count now, the owner first. */
  list(): Promise<readonly Approver[]> | readonly Approver[]
  /** The same text as long as they are known by the same proof. */
  fingerprint(): string
  /** A sentence for the operator who tries to name one otherwise: where it is said. */
  readonly where: string
}

export interface ApproversOptions {
  /** The channel's state directory. */
  readonly directory: string
  /** Whether the host passes the operator's word on (feature `access`). */
  readonly operatorWord: boolean
  readonly log: Log
  /** How the operator names an approver: `/telegram:access`. */
  readonly command: string
  readonly named?: NamedApprovers
  /** The senders that `access.json` lets in. @throws BackchannelError `state-invalid`, `state-unwritable` */
  allowed(): Promise<readonly string[]>
}

const EMPTY: ApproversFile = { relay: DEFAULT_RELAY_MODE, approvers: [], others: {} }

/** What was read, and why nobody is on it where that is so. */
interface Reading {
  readonly file: ApproversFile
  readonly problem?: BackchannelError
}

export function createApprovers({
  directory,
  operatorWord,
  log,
  command,
  allowed,
  named,
}: ApproversOptions): Approvers {
  const file = join(directory, 'approvers.json')
  let kept: Promise<Reading> | undefined
  let told = ''

  const interpret = async (value: unknown): Promise<Reading> => {
    try {
      if (value !== undefined) return { file: parseApprovers(value, file) }
      if (named) return { file: EMPTY }
      const senders = await allowed()
      const [sender, ...more] = senders
      if (sender === undefined) return { file: EMPTY }
      if (more.length === 0) return { file: { ...EMPTY, approvers: [{ sender, chat: sender }] } }
      return { file: EMPTY, problem: severalAllowed(senders.length, command) }
    } catch (thrown) {
      return { file: EMPTY, problem: asState(thrown) }
    }
  }
  const read = async (): Promise<Reading> => {
    const reading = await readJsonState(file).then(interpret, (thrown) => ({ file: EMPTY, problem: asState(thrown) }))
    const problem = reading.problem ? renderError(reading.problem) : ''
    if (problem !== told && problem !== '') log.error(problem)
    told = problem
    return reading
  }
  const current = (): Promise<Reading> => {
    if (!operatorWord) return read()
    kept ??= read()
    return kept
  }
  /** What holds in memory is written, so that a line added to the file meanwhile by somebody else is not taken over. */
  const change = async (make: (now: ApproversFile, isThere: boolean) => ApproversFile | undefined): Promise<void> => {
    if (operatorWord) await current()
    let changed: ApproversFile | undefined
    const keep = () => {
      if (operatorWord && changed) kept = Promise.resolve({ file: changed })
    }
    const decide = async (value: unknown) => {
      const before = await (operatorWord ? current() : interpret(value))
      // Nothing is written over what could not be read.
      if (before.problem && before.problem.code !== 'approver-unknown') throw before.problem
      if (operatorWord && value !== undefined) parseApprovers(value, file)
      changed = make(before.file, value !== undefined)
      return changed && renderApprovers(changed)
    }
    await changeJsonState(file, decide, { written: keep })
  }

  return {
    where: named?.where,
    list: async () => (named ? named.list() : (await current()).file.approvers),
    mode: async () => (await current()).file.relay,
    async digest() {
      const list = named?.fingerprint() ?? (await current()).file.approvers.map(({ sender, chat }) => [sender, chat])
      return createHash('sha256').update(JSON.stringify(list)).digest('base64url')
    },
    async problem() {
      const { problem } = await current()
      return problem && renderError(problem)
    },
    async add(approver) {
      if (named) throw namedElsewhere(named)
      checkApprover(approver)
      let added = false
      await change((now, isThere) => {
        const before = now.approvers.find(({ sender }) => sender === approver.sender)
        added = before?.chat !== approver.chat
        // Who is only concluded from who may write is written down all the same.
        if (!added && isThere) return undefined
        if (!before && now.approvers.length >= MOST_APPROVERS) throw full()
        const approvers = before
          ? now.approvers.map((one) => (one === before ? approver : one))
          : [...now.approvers, approver]
        return { ...now, approvers }
      })
      return added
    },
    async remove(sender) {
      if (named) throw namedElsewhere(named)
      let removed = false
      await change((now) => {
        const approvers = now.approvers.filter((approver) => approver.sender !== sender)
        removed = approvers.length < now.approvers.length
        return removed ? { ...now, approvers } : undefined
      })
      return removed
    },
    setMode: (relay) => change((now) => (now.relay === relay ? undefined : { ...now, relay })),
    settle: () => change((now, isThere) => (isThere || now.approvers.length === 0 ? undefined : now)),
  }
}

/** Without a file of approvers one allowed sender is the owner of the machine; of several, nobody can tell. */
function severalAllowed(count: number, command: string): BackchannelError {
  return new BackchannelError(
    'approver-unknown',
    `${count} senders may write to this channel, and no approver is named, so permission prompts are answered in the terminal only.`,
    { hint: `Name one by the sender's id: ${command} approver add SENDER` },
  )
}

function namedElsewhere({ where }: NamedApprovers): BackchannelError {
  return new BackchannelError('arguments-invalid', 'Nobody is named an approver of this channel here.', { hint: where })
}

function full(): BackchannelError {
  return new BackchannelError('arguments-invalid', `There are ${MOST_APPROVERS} approvers, which is the most.`, {
    hint: 'Remove one first.',
  })
}

function asState(thrown: unknown): BackchannelError {
  if (BackchannelError.is(thrown)) return thrown
  return new BackchannelError('state-invalid', `The approvers can't be read: ${toError(thrown).message}.`, {
    cause: thrown,
  })
}
