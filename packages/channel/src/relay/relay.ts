/** Permission prompts through a channel: asked where an approver reads them, answered once, ended everywhere (contract 5 and 8). */
import {
  type Behavior,
  EXTENSION_METHODS,
  METHODS,
  type PermissionOutcome,
  type PermissionRequest,
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
  /** `terminal`, the name of a channel, a rule; a sender of this channel where its host does not say. */
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
  notify(method: string, params: Record<string, unknown>): void
}

export interface RelayPort extends Relay {
  /** `permission_request` from the host. Never rejects. */
  request(params: unknown): Promise<void>
  /** `permission_resolved` from the host. Never rejects. */
  resolved(params: unknown): Promise<void>
}

export function createRelay({ approvers, handlers, source, extended, control, log, notify }: RelayOptions): RelayPort {
  const requests = createOpenRequests()
  /** Ids whose end came while they were still being asked. */
  const asking = new Set<string>()
  const ended = new Map<string, Resolution>()

  const isApprover = async (sender: string) => (await approvers.list()).some((approver) => approver.sender === sender)
  const attempt = async (what: string, work: () => Promise<void> | void) => {
    try {
      await work()
    } catch (thrown) {
      log.error(`${what} failed: ${renderError(thrown)}`)
    }
  }
  const end = async (requestId: string, resolution: Resolution) => {
    const request = requests.close(requestId)
    if (request) await attempt('ending a permission prompt', () => handlers.resolve(request, resolution))
  }
  const ask = async (request: PermissionRequest) => {
    const [mode, list] = [await approvers.mode(), await approvers.list()]
    const chats = chooseChats({ mode, approvers: list, source, origin: request.origin })
    const early = ended.get(request.requestId)
    if (chats.length === 0 || early) return
    const open = { ...request, chats }
    requests.add(open)
    await attempt('asking for a permission', () => handlers.ask(open))
  }

  return {
    async request(params) {
      const read = parsePermissionRequest(params)
      if (!read.ok) return log.warn(`a permission request from the host was not understood: ${read.problem}`)
      const { requestId } = read.value
      asking.add(requestId)
      await attempt('asking for a permission', () => ask(read.value))
      asking.delete(requestId)
      const resolution = ended.get(requestId)
      ended.delete(requestId)
      if (resolution) await end(requestId, resolution)
    },
    async resolved(params) {
      const read = parsePermissionResolved(params)
      if (!read.ok) return log.warn(`the end of a permission request was not understood: ${read.problem}`)
      const { requestId, outcome, by } = read.value
      // Shown first, then ended: a prompt that nobody ends would stay on somebody's phone.
      if (asking.has(requestId)) ended.set(requestId, { outcome, by })
      else await end(requestId, { outcome, by })
    },
    async verdict({ requestId, behavior, scope, sender, chat }) {
      if (!requests.isOpenIn(requestId, chat)) return 'not-open'
      if (!(await isApprover(sender))) return 'not-approver'
      // Looked up again: another answer may have come while the list was read.
      if (!requests.isOpenIn(requestId, chat)) return 'not-open'
      const verdict = { requestId, behavior, by: sender, ...(scope === undefined ? {} : { scope }) }
      notify(METHODS.permissionVerdict, renderPermissionVerdict(verdict, extended))
      // A host without the extension says nothing more; with it, its word on who was first is waited for.
      if (!extended) await end(requestId, { outcome: behavior, by: sender })
      return 'passed'
    },
    async typed(text, { sender, chat }) {
      const found = parseVerdict(text, (requestId) => requests.isOpenIn(requestId, chat))
      return found && (await isApprover(sender)) ? found : undefined
    },
    async open({ sender, chat }) {
      return (await isApprover(sender)) ? requests.list(chat) : []
    },
    async interrupt(sender) {
      if (!control) return 'unsupported'
      if (!(await isApprover(sender))) return 'not-approver'
      notify(EXTENSION_METHODS.control, renderControl({ action: 'interrupt', by: sender }))
      return 'passed'
    },
  }
}
