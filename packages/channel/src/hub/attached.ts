/** A session that uses the account through the process that holds it: what it is offered, what it calls, what it asks. */
import { isRecord } from '@backchannel/protocol'
import type { OpenQuestion, OpenRequest } from '../relay/open-requests.ts'
import type { Relay } from '../relay/relay.ts'
import { linkOf } from './relays.ts'
import type { SessionInfo } from './routing/seats.ts'
import type { Outcome, SessionEnd } from './session-end.ts'
import { readAnnouncement } from './wire/announcement.ts'
import { connectToHolder } from './wire/connect.ts'
import { type Call, FROM_HOLDER, FROM_SESSION, readAnswer, readEvent, readVerdict } from './wire/messages.ts'
import { createPeer, lost, type Peer } from './wire/peer.ts'

export interface AttachOptions {
  /** The channel's state directory. */
  readonly directory: string
  readonly info: SessionInfo
  readonly end: SessionEnd
  /** A process without a session: it waits for the account, and gets no events. */
  readonly keeper: boolean
  relay(): Relay | undefined
  /** What is open now. */
  takes(): boolean
  requests(): readonly OpenRequest[]
  questions(): readonly OpenQuestion[]
}

export interface Attached {
  /** As the holder calls this session; absent for a keeper. */
  readonly name: string | undefined
  /** Of the holder. */
  readonly pid: number
  /** The holder has no session of its own. */
  readonly isKept: boolean
  call(call: Call, signal: AbortSignal): Promise<string>
  outcome(outcome: Outcome): void
  /** Whether the host lets events in, where that has changed. */
  takes(takes: boolean): void
  /** Of a permission prompt or a question. */
  ask(asked: object): Promise<void>
  resolve(ended: object): Promise<void>
  readonly ended: Promise<string>
  /** Says that the session has ended, and closes. Idempotent. */
  close(): void
}

/** @throws where no holder can be reached, or it takes nobody */
export async function attachToHolder(options: AttachOptions): Promise<Attached> {
  const { directory, info, end, keeper } = options
  const announcement = await readAnnouncement(directory)
  if (!announcement) throw lost('it has not said where it listens')
  const { socket, rest } = await connectToHolder(announcement)
  const peer: Peer = createPeer(
    socket,
    createHandlers(options, (told) => peer.notify(FROM_SESSION.told, told)),
    rest,
  )
  socket.resume()
  const name = keeper ? undefined : await takeSeat(peer, options)
  return {
    name,
    pid: announcement.pid,
    isKept: announcement.keeper,
    async call(call, signal) {
      const text = await peer.request(FROM_SESSION.call, { ...call }, signal)
      if (typeof text !== 'string') throw lost('its answer is no text')
      return text
    },
    takes: (takes) => peer.notify(FROM_SESSION.takes, { takes }),
    outcome: (outcome) => peer.notify(FROM_SESSION.outcome, { ...outcome }),
    ask: async (asked) => void (await peer.request(FROM_SESSION.ask, asked)),
    resolve: async (ended) => void (await peer.request(FROM_SESSION.resolve, ended)),
    ended: peer.ended,
    close() {
      peer.notify(FROM_SESSION.bye, { id: info.id })
      peer.close()
      end.close()
    },
  }
}

async function takeSeat(peer: Peer, { info, end, ...now }: AttachOptions): Promise<string> {
  try {
    const has = { unfinished: end.unfinished(), finished: end.finished(), takes: now.takes() }
    const open = { requests: now.requests(), questions: now.questions() }
    const answer = await peer.request(FROM_SESSION.attach, { ...info, ...has, ...open }, AbortSignal.timeout(5_000))
    const name = isRecord(answer) ? answer['name'] : undefined
    if (typeof name !== 'string') throw lost('it gave no name')
    return name
  } catch (thrown) {
    peer.close()
    throw thrown
  }
}

function createHandlers({ end, relay }: AttachOptions, tell: (told: object) => void): Parameters<typeof createPeer>[1] {
  const link = linkOf(relay)
  return {
    async request(method, params) {
      const given = isRecord(params) ? params : {}
      const place = { sender: String(given['sender']), chat: String(given['chat']) }
      switch (method) {
        case FROM_HOLDER.verdict: {
          const verdict = readVerdict(params)
          return verdict === undefined ? 'not-open' : link.verdict(verdict)
        }
        case FROM_HOLDER.answer: {
          const answer = readAnswer(params)
          return answer === undefined ? 'not-open' : link.answer(answer)
        }
        case FROM_HOLDER.typed: {
          const repliedTo = given['repliedTo']
          return link.typedAnswer(String(given['text']), place, typeof repliedTo === 'string' ? repliedTo : undefined)
        }
        case FROM_HOLDER.open:
          return link.open(place)
        case FROM_HOLDER.questions:
          return link.questions(place)
        case FROM_HOLDER.control: {
          const { action, key } = given
          if (action !== 'interrupt' && action !== 'clear' && action !== 'compact' && action !== 'status')
            return 'unsupported'
          return link.control(action, place.sender, (outcome) => tell({ key, ...outcome }))
        }
        default:
          throw new Error(`a session knows no ${method.slice(0, 40)}`)
      }
    },
    notification(method, params) {
      const event = method === FROM_HOLDER.event ? readEvent(params) : undefined
      if (event) end.offer(event)
    },
  }
}
