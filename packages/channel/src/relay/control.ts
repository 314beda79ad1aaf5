/** Session control from a chat (contract 8): an approver's wish goes to the host, and what came of it comes back. */
import { randomUUID } from 'node:crypto'
import {
  type ControlAction,
  type ControlResult,
  EXTENSION_METHODS,
  parseControlResult,
  renderControl,
} from '@backchannel/protocol'
import { isApprover, type RelayGround } from './asking.ts'

/** What the host did, in words for people. */
export type ControlOutcome = Pick<ControlResult, 'ok' | 'text' | 'pending'>

export interface Controlling {
  /** Whether the host takes control of the session from chats. */
  readonly takesControl: boolean
  /**
   * Stops the running turn, begins a new conversation, compacts it, or asks what is going on; for an approver.
   * @param told gets what the host says, more than once where it takes a while; it never throws
   * @param place where it was said, for a channel whose account several sessions share
   * @returns `unsupported` where the host takes no control from chats
   */
  control(
    action: ControlAction,
    sender: string,
    told?: (outcome: ControlOutcome) => void,
    place?: { readonly chat: string; readonly thread?: string; readonly parent?: string },
  ): Promise<'passed' | 'not-approver' | 'unsupported'>
  /** Whether this one may; for a wish that no session can be found for. */
  mayControl(sender: string): Promise<boolean>
}

export interface ControlPort {
  /** `control_result` from the host. */
  controlResult(params: unknown): void
}

/** A host that says nothing about a request of ours is waited for so long; then that is said. */
const SILENCE_MS = 10_000
const MOST_WAITING = 100

interface Waiting {
  told(outcome: ControlOutcome): void
  readonly silence: NodeJS.Timeout
}

export function createControl(options: RelayGround & { readonly control: boolean }): Controlling & ControlPort {
  const { approvers, control, log, signal, notify } = options
  const waiting = new Map<string, Waiting>()
  const forget = (id: string) => {
    clearTimeout(waiting.get(id)?.silence)
    waiting.delete(id)
  }
  signal.addEventListener('abort', () => [...waiting.keys()].forEach(forget), { once: true })

  const wait = (id: string, told: Waiting['told']) => {
    const [oldest] = waiting.keys()
    if (waiting.size >= MOST_WAITING && oldest !== undefined) forget(oldest)
    const silence = setTimeout(() => {
      forget(id)
      told({ ok: false, text: 'The session has not said what came of it.' })
    }, SILENCE_MS).unref()
    waiting.set(id, { told, silence })
  }
  return {
    takesControl: control,
    async control(action, sender, told) {
      if (!control) return 'unsupported'
      if (!(await isApprover(approvers, sender)) || signal.aborted) return 'not-approver'
      const controlId = told && randomUUID()
      if (controlId) wait(controlId, told)
      notify(EXTENSION_METHODS.control, renderControl({ action, by: sender, ...(controlId ? { controlId } : {}) }))
      return 'passed'
    },
    mayControl: (sender) => isApprover(approvers, sender),
    controlResult(params) {
      if (!control) return
      const read = parseControlResult(params)
      if (!read.ok) return log.warn(`what came of a control message was not understood: ${read.problem}`)
      const { controlId = '', ok, text, pending } = read.value
      const found = waiting.get(controlId)
      if (!found) return
      clearTimeout(found.silence)
      if (!pending) forget(controlId)
      found.told({ ok, text, ...(pending ? { pending } : {}) })
    },
  }
}
