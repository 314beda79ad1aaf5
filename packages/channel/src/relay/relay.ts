/** Permission prompts through a channel: asked where an approver reads them, answered once, ended everywhere (contract 5 and 8). */
import {
  type Behavior,
  EXTENSION_METHODS,
  METHODS,
  type PermissionOutcome,
  type PermissionRequest,
  type PermissionVerdict,
  parsePermissionRequest,
  parsePermissionResolved,
  parseVerdict,
  renderControl,
  renderError,
  renderPermissionVerdict,
  type TypedVerdict,
} from '@backchannel/protocol'
import type { Approvers } from '../access/approvers.ts'
import type { Log } from '../log.ts'
import { chooseChats } from './choose-chats.ts'
import { createOpenRequests, type OpenRequest } from './open-requests.ts'

/** How a request ended. */
export interface Resolution {
  readonly outcome: PermissionOutcome
  /**
   * `terminal`, the name of a channel, a rule; a sender of this channel where its host does not say; `this channel`
   * where it is the channel that takes no verdict any more.
   */
  readonly by: string
}

/** What a channel does for its relay. */
export interface RelayHandlers {
  /** Shows the request in the chats it names, with the tool, the description **and** the input. */
  ask(request: OpenRequest): Promise<void> | void
  /** Says in the same chats how it ended, and takes its buttons away. */
  resolve(request: OpenRequest, resolution: Resolution): Promise<void> | void
}

/** Somebody's answer, through a button or typed. */
export interface SenderVerdict {
  readonly requestId: string
  readonly behavior: Behavior
  /** For the rest of the session, where the host knows that; else for this call alone. */
  readonly scope?: 'session'
  readonly sender: string
  /** Where it was given. */
  readonly chat: string
}

/** `passed`: on its way to the host. Else why it does not count. */
export type VerdictResult = 'passed' | 'not-open' | 'not-approver'

export interface Relay {
  /** Whether the host knows a verdict for the rest of the session; else `scope` means nothing to it. */
  readonly takesSession: boolean
  /** Passes a verdict on where it counts; any other changes nothing. */
  verdict(verdict: SenderVerdict): Promise<VerdictResult>
  /** The verdict in a typed message; `undefined` for an ordinary message, `yes great` with no such request open included. */
  typed(text: string, place: { readonly sender: string; readonly chat: string }): Promise<TypedVerdict | undefined>
  /** What this sender could answer in this chat, oldest first. */
  open(place: { readonly sender: string; readonly chat: string }): Promise<readonly OpenRequest[]>
  /** Stops the running turn, for an approver; `unsupported` where the host does not know how. */
  interrupt(sender: string): Promise<'passed' | 'not-approver' | 'unsupported'>
}

export interface RelayOptions {
  readonly approvers: Approvers
  readonly handlers: RelayHandlers
  readonly source: string
  /** Whether the host says what became of each request (feature `origin`). */
  readonly extended: boolean
  /** Whether the host takes an interrupt (feature `control`). */
  readonly control: boolean
  readonly log: Log
  /** Aborts when the session ends: no verdict counts from then on. */
  readonly signal: AbortSignal
  notify(method: string, params: Record<string, unknown>): void
}

export interface RelayPort extends Relay {
  /** `permission_request` from the host. Never rejects. */
  request(params: unknown): Promise<void>
  /** `permission_resolved` from the host. Never rejects. */
  resolved(params: unknown): Promise<void>
}

export function createRelay(options: RelayOptions): RelayPort {
  const { approvers, handlers, source, extended, control, log, signal, notify } = options
  const requests = createOpenRequests()
  /** Those for which chats are still being chosen; taken out by whatever ends them meanwhile. */
  const choosing = new Map<string, PermissionRequest>()
  /** Nothing is said about the end of a prompt before it was shown, or it would stay on somebody's phone. */
  const shown = new WeakMap<OpenRequest, Promise<void>>()

  const mayAnswer = async (sender: string) => (await approvers.mode()) !== 'off' && isApprover(sender)
  const isApprover = async (sender: string) => (await approvers.list()).some((approver) => approver.sender === sender)
  const attempt = async (what: string, work: () => Promise<void> | void) => {
    try {
      await work()
    } catch (thrown) {
      log.error(`${what} failed: ${renderError(thrown)}`)
    }
  }
  const finish = async (request: OpenRequest | undefined, resolution: Resolution) => {
    if (!request) return
    await shown.get(request)
    await attempt('ending a permission prompt', () => handlers.resolve(request, resolution))
  }
  const end = (requestId: string, resolution: Resolution): Promise<void> => {
    choosing.delete(requestId)
    return finish(requests.close(requestId), resolution)
  }
  const find = (requestId: string, chat: string) =>
    signal.aborted ? undefined : requests.find(requestId.toLowerCase(), chat)

  const ask = async (request: PermissionRequest) => {
    const { requestId } = request
    choosing.set(requestId, request)
    const [mode, list] = [await approvers.mode(), await approvers.list()]
    if (choosing.get(requestId) !== request) return
    choosing.delete(requestId)
    // A feature counts only where both sides list it.
    const origin = extended ? request.origin : undefined
    const chats = chooseChats({ mode, approvers: list, source, origin })
    if (chats.length === 0) return
    const open = { ...request, chats }
    const forgotten = requests.add(open)
    const asked = attempt('asking for a permission', () => handlers.ask(open))
    shown.set(open, asked)
    await Promise.all([asked, finish(forgotten, FORGOTTEN)])
  }

  return {
    takesSession: extended,
    async request(params) {
      const read = parsePermissionRequest(params)
      if (!read.ok) return log.warn(`a permission request from the host was not understood: ${read.problem}`)
      // An id comes again only after its request has ended: what the old prompt showed must not be what is answered.
      const replaced = end(read.value.requestId, REPLACED)
      await attempt('asking for a permission', () => ask(read.value))
      await replaced
    },
    async resolved(params) {
      if (!extended) return
      const read = parsePermissionResolved(params)
      if (!read.ok) return log.warn(`the end of a permission request was not understood: ${read.problem}`)
      const { requestId, outcome, by } = read.value
      await end(requestId, { outcome, by })
    },
    async verdict({ requestId, behavior, scope, sender, chat }) {
      const request = find(requestId, chat)
      if (!request) return 'not-open'
      if (!(await mayAnswer(sender))) return 'not-approver'
      // Looked at again: another answer may have come while the list was read.
      if (signal.aborted || !requests.answer(request)) return 'not-open'
      // What a button sends is data from outside: only a plain word allows, or lasts.
      const verdict: PermissionVerdict = {
        requestId: request.requestId,
        behavior: behavior === 'allow' ? 'allow' : 'deny',
        by: sender,
        ...(scope === 'session' ? { scope } : {}),
      }
      notify(METHODS.permissionVerdict, renderPermissionVerdict(verdict, extended))
      // A host without the extension says nothing more; with it, its word on who was first is waited for.
      if (!extended) void end(request.requestId, { outcome: verdict.behavior, by: sender })
      return 'passed'
    },
    async typed(text, { sender, chat }) {
      const found = parseVerdict(text, (requestId) => find(requestId, chat) !== undefined)
      return found && (await mayAnswer(sender)) ? found : undefined
    },
    async open({ sender, chat }) {
      return !signal.aborted && (await mayAnswer(sender)) ? requests.list(chat) : []
    },
    async interrupt(sender) {
      if (!control) return 'unsupported'
      if (!(await isApprover(sender)) || signal.aborted) return 'not-approver'
      notify(EXTENSION_METHODS.control, renderControl({ action: 'interrupt', by: sender }))
      return 'passed'
    },
  }
}

const FORGOTTEN: Resolution = { outcome: 'expired', by: 'this channel' }
const REPLACED: Resolution = { outcome: 'cancelled', by: 'this channel' }
