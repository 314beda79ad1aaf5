/** Permission prompts through a channel (contract 5 and 8); with it, where the host knows them, questions and control. */
import {
  type Behavior,
  METHODS,
  type PermissionOutcome,
  type PermissionRequest,
  type PermissionVerdict,
  parsePermissionRequest,
  parsePermissionResolved,
  parseVerdict,
  renderPermissionVerdict,
  type TypedVerdict,
} from '@backchannel/protocol'
import { createAsking, type PersonAt, type RelayGround } from './asking.ts'
import { type Controlling, type ControlPort, createControl } from './control.ts'
import type { OpenRequest } from './open-requests.ts'
import { createQuestions, type QuestionHandlers, type QuestionPort, type Questions } from './questions.ts'

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
  /** The same for questions of the agent; absent in a channel that asks none. */
  readonly questions?: QuestionHandlers
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

export interface Relay extends Questions, Controlling {
  /** Whether the host knows a verdict for the rest of the session; else `scope` means nothing to it. */
  readonly takesSession: boolean
  /** Passes a verdict on where it counts; any other changes nothing. */
  verdict(verdict: SenderVerdict): Promise<VerdictResult>
  /** The verdict in a typed message; `undefined` for an ordinary message, `yes great` with no such request open included. */
  typed(text: string, place: PersonAt): Promise<TypedVerdict | undefined>
  /** What this sender could answer in this chat, oldest first. */
  open(place: PersonAt): Promise<readonly OpenRequest[]>
}

export interface RelayOptions extends RelayGround {
  readonly handlers: RelayHandlers
  /** Whether the host takes control of the session from chats (feature `control`). */
  readonly control: boolean
}

export interface RelayPort extends Relay, QuestionPort, ControlPort {
  /** `permission_request` from the host. Never rejects. */
  request(params: unknown): Promise<void>
  /** `permission_resolved` from the host. Never rejects. */
  resolved(params: unknown): Promise<void>
}

export function createRelay({ handlers, control, ...ground }: RelayOptions): RelayPort {
  const { extended, log, notify } = ground
  const asking = createAsking<PermissionRequest, Resolution>({
    ...ground,
    noun: 'a permission',
    idOf: ({ requestId }) => requestId,
    ask: (request) => handlers.ask(request),
    resolve: (request, resolution) => handlers.resolve(request, resolution),
    ends: {
      forgotten: { outcome: 'expired', by: 'this channel' },
      replaced: { outcome: 'cancelled', by: 'this channel' },
    },
  })
  const find = (requestId: string, chat: string) => asking.find(requestId.toLowerCase(), chat)

  return {
    ...createQuestions({ ...ground, handlers: handlers.questions }),
    ...createControl({ ...ground, control }),
    takesSession: extended,
    async request(params) {
      const read = parsePermissionRequest(params)
      if (!read.ok) return log.warn(`a permission request from the host was not understood: ${read.problem}`)
      await asking.request(read.value)
    },
    async resolved(params) {
      if (!extended) return
      const read = parsePermissionResolved(params)
      if (!read.ok) return log.warn(`the end of a permission request was not understood: ${read.problem}`)
      const { requestId, outcome, by } = read.value
      await asking.end(requestId, { outcome, by })
    },
    async verdict({ requestId, behavior, scope, sender, chat }) {
      const request = find(requestId, chat)
      if (!request) return 'not-open'
      const taken = await asking.take(request, sender)
      if (taken !== 'taken') return taken
      // What a button sends is data from outside: only a plain word allows, or lasts.
      const verdict: PermissionVerdict = {
        requestId: request.requestId,
        behavior: behavior === 'allow' ? 'allow' : 'deny',
        by: sender,
        ...(scope === 'session' ? { scope } : {}),
      }
      notify(METHODS.permissionVerdict, renderPermissionVerdict(verdict, extended))
      // A host without the extension says nothing more; with it, its word on who was first is waited for.
      if (!extended) void asking.end(request.requestId, { outcome: verdict.behavior, by: sender })
      return 'passed'
    },
    async typed(text, { sender, chat }) {
      const found = parseVerdict(text, (requestId) => find(requestId, chat) !== undefined)
      return found && (await asking.mayAnswer(sender)) ? found : undefined
    },
    open: asking.list,
  }
}
