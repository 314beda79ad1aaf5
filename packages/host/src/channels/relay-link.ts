/**
 * A channel as a place where permissions are asked (contract 5 and 8): what is sent to it, and what it says back. What
 * counts is decided by whoever keeps the open requests; here it is only read.
 */
import {
  type Control,
  type ControlResult,
  EXTENSION_METHODS,
  METHODS,
  type PermissionRequest,
  type PermissionResolved,
  type PermissionVerdict,
  parseAnswer,
  parseControl,
  parsePermissionVerdict,
  renderControlResult,
  renderPermissionRequest,
  renderPermissionResolved,
} from '@backchannel/protocol'
import type { Connection } from './connection.ts'
import { createLimiter } from './limiter.ts'
import { createQuestionLink, type OwnQuestionLink, type QuestionPorts } from './question-link.ts'

/** One process of a registered channel that declared the capability. */
export interface RelayLink {
  readonly source: string
  /** Sends the request; its origin only to a peer that knows it. */
  show(request: PermissionRequest): void
  /** Says how it ended, to a peer that knows this; another one learns nothing. */
  resolved(resolved: PermissionResolved): void
}

export interface RelayPorts {
  opened(link: RelayLink): void
  /** The process of this link has gone, or the channel is no longer registered. */
  lost(link: RelayLink): void
  verdict(link: RelayLink, verdict: PermissionVerdict): void
  /** Where questions are asked; absent where none is. */
  readonly questions?: QuestionPorts
  /**
   * Somebody in a chat of the channel wants something of the session; the channel has checked that they may.
   * @param told says what came of it
   */
  control(source: string, control: Control, told: (result: ControlOutcome) => void): void
}

export type ControlOutcome = Pick<ControlResult, 'ok' | 'text' | 'pending'>

export interface RelayLinkKeeper {
  /** The admission of a process is decided, or decided anew. */
  connected(connection: Connection, registered: boolean): void
  disconnected(): void
  /** @returns whether the method is one of the relay's */
  take(method: string, params: unknown): boolean
}

/** Nobody presses buttons faster; what is over it is passed over, and counts as not said. */
const PER_SECOND = 50
const BURST = 500

/** @param problem says, once a process, that something was not understood or came too fast */
export function createRelayLink(source: string, ports: RelayPorts, problem: (text: string) => void): RelayLinkKeeper {
  let link: OwnLink | undefined
  let questions: OwnQuestionLink | undefined
  /** Of the process that may control the session. */
  let controls: Connection | undefined
  let limiter = createLimiter({ perSecond: PER_SECOND, burst: BURST })
  let told = false

  const tell = (text: string) => {
    if (!told) problem(text)
    told = true
  }
  const verdict = (params: unknown) => {
    if (link === undefined) return tell('a verdict was passed over: no permission request goes to this channel')
    const read = parsePermissionVerdict(params)
    if (!read.ok) return tell(`a verdict was passed over: ${read.problem}`)
    ports.verdict(link, read.value)
  }
  const answer = (params: unknown) => {
    if (questions === undefined) return tell('an answer was passed over: no question goes to this channel')
    const read = parseAnswer(params)
    if (!read.ok) return tell(`an answer was passed over: ${read.problem}`)
    ports.questions?.answered(questions, read.value)
  }
  const control = (params: unknown) => {
    const asking = controls
    if (asking === undefined) return
    const read = parseControl(params)
    if (!read.ok) return tell(`a control message was passed over: ${read.problem}`)
    const { action, by, controlId } = read.value
    const asked = { action, by, ...(controlId === undefined ? {} : { controlId }) }
    ports.control(source, read.value, (result) =>
      asking.notify(EXTENSION_METHODS.controlResult, renderControlResult({ ...asked, ...result })),
    )
  }
  const close = () => {
    const [lost, lostQuestions] = [link, questions]
    link = undefined
    questions = undefined
    controls = undefined
    if (lost !== undefined) {
      ports.lost(lost)
      lost.withdraw()
    }
    if (lostQuestions !== undefined) {
      ports.questions?.lost(lostQuestions)
      lostQuestions.withdraw()
    }
  }
  const takers: Readonly<Record<string, (params: unknown) => void>> = {
    [METHODS.permissionVerdict]: verdict,
    [EXTENSION_METHODS.answer]: answer,
    [EXTENSION_METHODS.control]: control,
  }
  return {
    connected(connection, registered) {
      close()
      limiter = createLimiter({ perSecond: PER_SECOND, burst: BURST })
      told = false
      if (!registered) return
      if (connection.features.has('control')) controls = connection
      if (connection.capabilities.permission) {
        link = createLink(source, connection)
        ports.opened(link)
      }
      if (ports.questions && connection.features.has('questions')) {
        questions = createQuestionLink(source, connection)
        ports.questions.opened(questions)
      }
    },
    disconnected: close,
    take(method, params) {
      const taker = Object.hasOwn(takers, method) ? takers[method] : undefined
      if (!taker) return false
      if (limiter.take()) taker(params)
      else tell('verdicts come faster than people give them; those over the rate are passed over')
      return true
    },
  }
}

interface OwnLink extends RelayLink {
  /** Says of what is open there that it is asked elsewhere now, to a peer that knows this. */
  withdraw(): void
}

function createLink(source: string, { features, notify }: Connection): OwnLink {
  const extended = features.has('origin')
  const open = new Set<string>()
  const resolved = (end: PermissionResolved) => {
    open.delete(end.requestId)
    if (extended) notify(EXTENSION_METHODS.permissionResolved, renderPermissionResolved(end))
  }
  return {
    source,
    show(request) {
      open.add(request.requestId)
      notify(METHODS.permissionRequest, renderPermissionRequest(request, extended))
    },
    resolved,
    withdraw() {
      for (const requestId of open) resolved({ requestId, outcome: 'cancelled', by: 'not-registered' })
    },
  }
}
