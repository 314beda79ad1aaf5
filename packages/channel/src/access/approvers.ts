/**
 * Who may answer permission prompts, while a channel runs. Towards a host that passes the operator's word on, the list is
 * read once and then changes by that word alone: a script that edits the file does not make itself an approver of the
 * running session. Towards any other host the operator's program edits the file, so it is read at each question.
 */
import { join } from 'node:path'
import { BackchannelError, renderError } from '@backchannel/protocol'
import type { Log } from '../log.ts'
import { changeJsonState, readJsonState } from '../state/atomic-file.ts'
import { parseAccess } from './access-file.ts'
import {
  type Approver,
  type ApproversFile,
  DEFAULT_RELAY_MODE,
  parseApprovers,
  type RelayMode,
  renderApprovers,
} from './approvers-file.ts'

export interface Approvers {
  /** Those whose verdicts count now, the owner first; nobody where the file can't be used, which is told. */
  list(): Promise<readonly Approver[]>
  mode(): Promise<RelayMode>
  /** @returns false for one who was on the list already. */
  add(approver: Approver): Promise<boolean>
  /** @returns false for one who was not on it. */
  remove(sender: string): Promise<boolean>
  setMode(mode: RelayMode): Promise<void>
}

export interface ApproversOptions {
  /** The channel's state directory. */
  readonly directory: string
  /** Whether the host passes the operator's word on (feature `access`). */
  readonly operatorWord: boolean
  readonly log: Log
}

export function createApprovers({ directory, operatorWord, log }: ApproversOptions): Approvers {
  const file = join(directory, 'approvers.json')
  let kept: ApproversFile | undefined
  let told = ''

  const read = async (): Promise<ApproversFile> => {
    try {
      const value = await readJsonState(file)
      const found = value === undefined ? await ownerAlone(directory) : parseApprovers(value, file)
      told = ''
      return found
    } catch (thrown) {
      const problem = renderError(thrown)
      if (problem !== told) log.error(problem)
      told = problem
      return { relay: DEFAULT_RELAY_MODE, approvers: [], others: {} }
    }
  }
  const current = async (): Promise<ApproversFile> => {
    if (!operatorWord) return read()
    kept ??= await read()
    return kept
  }
  /** What holds in memory is written, so that a line added to the file meanwhile by somebody else is not taken over. */
  const change = async (make: (now: ApproversFile) => ApproversFile): Promise<void> => {
    const before = operatorWord ? await current() : undefined
    let changed: ApproversFile | undefined
    await changeJsonState(file, (value) => {
      changed = make(before ?? (value === undefined ? EMPTY : parseApprovers(value, file)))
      return renderApprovers(changed)
    })
    if (operatorWord) kept = changed
  }

  return {
    list: async () => (await current()).approvers,
    mode: async () => (await current()).relay,
    async add(approver) {
      let added = false
      await change((now) => {
        added = !now.approvers.some(({ sender }) => sender === approver.sender)
        return added ? { ...now, approvers: [...now.approvers, approver] } : now
      })
      return added
    },
    async remove(sender) {
      let removed = false
      await change((now) => {
        const approvers = now.approvers.filter((approver) => approver.sender !== sender)
        removed = approvers.length < now.approvers.length
        return { ...now, approvers }
      })
      return removed
    },
    setMode: (relay) => change((now) => ({ ...now, relay })),
  }
}

const EMPTY: ApproversFile = { relay: DEFAULT_RELAY_MODE, approvers: [], others: {} }

/**
 * Without a file of approvers: one allowed sender is the owner of the machine; of several, nobody can tell.
 * @throws BackchannelError `state-invalid`
 */
async function ownerAlone(directory: string): Promise<ApproversFile> {
  const file = join(directory, 'access.json')
  const { allowFrom } = parseAccess(await readJsonState(file), file)
  const [sender, ...more] = [...new Set(allowFrom)]
  if (sender === undefined) return EMPTY
  if (more.length === 0) return { ...EMPTY, approvers: [{ sender, chat: sender }] }
  throw new BackchannelError(
    'approver-unknown',
    `${allowFrom.length} senders may write to this channel, and no approver is named, so permission prompts are answered in the terminal only.`,
    {
      hint: 'Name one: `access approver add SENDER` of this channel, after its name: /telegram:access approver add 12345.',
    },
  )
}
