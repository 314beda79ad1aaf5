/** The process that holds an account, towards the sessions that share it: takes them in, offers them events, serves their calls. */
import { isRecord, renderError } from '@backchannel/protocol'
import { createOrderedId } from '../events/ordered-id.ts'
import type { Log } from '../log.ts'
import type { ControlOutcome } from '../relay/control.ts'
import type { QuestionResolution } from '../relay/questions.ts'
import type { Resolution, VerdictResult } from '../relay/relay.ts'
import type { Surface } from './asking.ts'
import type { RelayLink, Relays } from './relays.ts'
import type { Dispatch } from './routing/dispatch.ts'
import type { SessionPort } from './routing/seats.ts'
import { type Announcement, type SessionNote, writeAnnouncement } from './wire/announcement.ts'
import { listenForSessions } from './wire/listen.ts'
import {
  type Attaching,
  type Call,
  FROM_HOLDER,
  FROM_SESSION,
  readAnswer,
  readAttaching,
  readCall,
  readOutcome,
  readQuestion,
  readQuestionResolution,
  readRequest,
  readResolution,
  readTold,
} from './wire/messages.ts'
import { createPeer, type Peer } from './wire/peer.ts'
import { createKey } from './wire/proof.ts'

export interface HoldingOptions extends Surface {
  /** The channel's state directory. */
  readonly directory: string
  readonly keeper: boolean
  readonly dispatch: Dispatch
  readonly relays: Relays
  readonly log: Log
  /** Runs a tool for a session. @throws what the tool throws */
  call(call: Call, session: string, signal: AbortSignal): Promise<string>
  /** The way to each session, by its id. */
  readonly links: Map<string, RelayLink>
}

export interface Holding {
  /** Says in the note beside the socket who is attached now. */
  announce(): void
  close(): void
}

const MOST_SESSIONS = 256
const ENDED: Resolution = { outcome: 'cancelled', by: 'the end of its session' }
const QUESTION_ENDED: QuestionResolution = { outcome: 'cancelled', by: 'the end of its session', labels: [] }
/** Whoever controls a session waits for what comes of it no longer. */
const MOST_WAITING = 100

/** Never throws: where nothing can listen, the account is not shared, which is told. */
export async function openHolding(options: HoldingOptions): Promise<Holding> {
  const { directory, keeper, dispatch, log } = options
  const key = createKey()
  const peers = new Set<Peer>()
  const since = new Date().toISOString()
  let socket: string | undefined
  let writing = Promise.resolve()
  let again = false
  let closed = false

  const write = async (): Promise<void> => {
    again = false
    if (socket === undefined || closed) return
    const sessions = dispatch
      .sessions()
      .map(({ id, name, pid, cwd, since: came }): SessionNote => ({ id, name, pid, cwd, since: came }))
    const note: Announcement = { pid: process.pid, since, socket, key, keeper, sessions }
    await writeAnnouncement(directory, note).catch((thrown) => log.warn(renderError(thrown)))
  }
  const announce = () => {
    if (again) return
    again = true
    writing = writing.then(write)
  }
  const server = await listenForSessions({
    directory,
    key,
    log,
    accepted(connection, rest) {
      const peer = serveSession(options, (handlers) => createPeer(connection, handlers, rest))
      peers.add(peer)
      void peer.ended.then(() => peers.delete(peer))
    },
  }).catch((thrown) => void log.warn(`the account is not shared with other sessions: ${renderError(thrown)}`))
  socket = server?.path
  announce()
  await writing
  return {
    announce,
    close() {
      closed = true
      server?.close()
      for (const peer of peers) peer.close()
    },
  }
}

function serveSession(
  { dispatch, relays, links, call, log, ...surface }: HoldingOptions,
  connect: (handlers: Parameters<typeof createPeer>[1]) => Peer,
): Peer {
  let attaching: Attaching | undefined
  let name = ''
  let said = false

  const port: SessionPort = {
    get writable() {
      return peer.writable
    },
    offer: (event) => peer.notify(FROM_HOLDER.event, { ...event }),
  }
  const waiting = new Map<string, (outcome: ControlOutcome) => void>()
  const ids = async (method: string, place: object): Promise<readonly string[]> => {
    const found = await peer.request(method, place)
    return Array.isArray(found) ? found.filter((id) => typeof id === 'string') : []
  }
  const link: RelayLink = {
    verdict: async (verdict) => toResult(await peer.request(FROM_HOLDER.verdict, { ...verdict })),
    async answer(answer) {
      const result = await peer.request(FROM_HOLDER.answer, { ...answer })
      return result === 'not-fitting' ? result : toResult(result)
    },
    async typedAnswer(text, place, repliedTo) {
      const found = await peer.request(FROM_HOLDER.typed, { text, ...place, ...(repliedTo ? { repliedTo } : {}) })
      const read = isRecord(found) ? readAnswer({ ...found, ...place }) : undefined
      return (
        read && {
          questionId: read.questionId,
          choices: read.choices,
          ...(read.text === undefined ? {} : { text: read.text }),
        }
      )
    },
    open: (place) => ids(FROM_HOLDER.open, place),
    questions: (place) => ids(FROM_HOLDER.questions, place),
    async control(action, sender, told) {
      const key = createOrderedId()
      const [oldest] = waiting.keys()
      if (waiting.size >= MOST_WAITING && oldest !== undefined) waiting.delete(oldest)
      waiting.set(key, told)
      const result = await peer.request(FROM_HOLDER.control, { action, sender, key })
      return result === 'passed' || result === 'not-approver' ? result : 'unsupported'
    },
  }
  const attach = (params: unknown): object => {
    const given = readAttaching(params)
    if (!given || attaching) throw new Error('a session attaches once, with its name, id, process and folder')
    if (dispatch.sessions().length >= MOST_SESSIONS) throw new Error(`${MOST_SESSIONS} sessions are attached already`)
    attaching = given
    name = dispatch.attach(given.info, port, given)
    links.set(given.info.id, link)
    const open = (work: () => void) => {
      try {
        work()
      } catch (thrown) {
        log.warn(renderError(thrown))
      }
    }
    for (const request of given.requests) open(() => relays.requests.open(link, request))
    for (const question of given.questions) open(() => relays.questions.open(link, question))
    return { name }
  }
  const ask = async (params: unknown): Promise<void> => {
    const given = isRecord(params) ? params : {}
    const [request, question] = [readRequest(given['request']), readQuestion(given['question'])]
    if (request) {
      relays.requests.open(link, request)
      await surface.show(request)
    } else if (question) {
      relays.questions.open(link, question)
      await surface.showQuestion(question)
    } else throw new Error('the prompt was not understood')
  }
  const resolve = async (params: unknown): Promise<void> => {
    const { request, question, resolution } = isRecord(params) ? params : {}
    const [asked, ended] = [readRequest(request), readResolution(resolution)]
    const [posed, settled] = [readQuestion(question), readQuestionResolution(resolution)]
    if (asked && ended) {
      relays.requests.close(link, asked.requestId)
      await surface.hide(asked, ended)
    } else if (posed && settled) {
      relays.questions.close(link, posed.questionId)
      await surface.hideQuestion(posed, settled)
    } else throw new Error('the end of the prompt was not understood')
  }
  const peer: Peer = connect({
    async request(method, params, signal) {
      if (method === FROM_SESSION.attach) return attach(params)
      if (!attaching) throw new Error('attach first')
      switch (method) {
        case FROM_SESSION.call: {
          const wanted = readCall(params)
          if (!wanted) throw new Error('the call was not understood')
          return call(wanted, name, signal)
        }
        case FROM_SESSION.ask:
          return ask(params)
        case FROM_SESSION.resolve:
          return resolve(params)
        default:
          throw new Error(`the holder knows no ${method.slice(0, 40)}`)
      }
    },
    notification(method, params) {
      if (!attaching) return
      if (method === FROM_SESSION.bye) said = true
      if (method === FROM_SESSION.takes) dispatch.takes(attaching.info.id, isRecord(params) && params['takes'] === true)
      const told = method === FROM_SESSION.told ? readTold(params) : undefined
      if (told) {
        waiting.get(told.key)?.({ ok: told.ok, text: told.text, ...(told.pending ? { pending: told.pending } : {}) })
        if (!told.pending) waiting.delete(told.key)
      }
      const outcome = method === FROM_SESSION.outcome ? readOutcome(params) : undefined
      if (outcome) dispatch.outcome(attaching.info.id, outcome)
    },
  })
  peer.onWritable(() => dispatch.pump())
  void peer.ended.then(() => {
    if (!attaching) return
    const { id } = attaching.info
    if (links.get(id) === link) links.delete(id)
    dispatch.leave(id, port, said ? 'ended' : 'lost')
    const endings = [
      ...relays.requests.left(link).map((request) => surface.hide(request, ENDED)),
      ...relays.questions.left(link).map((question) => surface.hideQuestion(question, QUESTION_ENDED)),
    ]
    for (const ending of endings)
      ending.catch((thrown) => log.warn(`the end of a prompt could not be shown: ${renderError(thrown)}`))
  })
  return peer
}

function toResult(value: unknown): VerdictResult {
  return value === 'passed' || value === 'not-approver' ? value : 'not-open'
}
