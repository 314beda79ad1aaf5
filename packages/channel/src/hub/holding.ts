/** The process that holds an account, towards the sessions that share it: takes them in, offers them events, serves their calls. */
import { isRecord, renderError } from '@backchannel/protocol'
import type { Log } from '../log.ts'
import type { OpenRequest } from '../relay/open-requests.ts'
import type { Resolution, VerdictResult } from '../relay/relay.ts'
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
  readAttaching,
  readCall,
  readOutcome,
  readRequest,
  readResolution,
} from './wire/messages.ts'
import { createPeer, type Peer } from './wire/peer.ts'
import { createKey } from './wire/proof.ts'

export interface HoldingOptions {
  /** The channel's state directory. */
  readonly directory: string
  readonly keeper: boolean
  readonly dispatch: Dispatch
  readonly relays: Relays
  readonly log: Log
  /** Runs a tool for a session. @throws what the tool throws */
  call(call: Call, session: string, signal: AbortSignal): Promise<string>
  show(request: OpenRequest): Promise<void>
  hide(request: OpenRequest, resolution: Resolution): Promise<void>
}

export interface Holding {
  /** Says in the note beside the socket who is attached now. */
  announce(): void
  close(): void
}

const MOST_SESSIONS = 256
const ENDED: Resolution = { outcome: 'cancelled', by: 'the end of its session' }

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
  { dispatch, relays, call, show, hide, log }: HoldingOptions,
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
  const link: RelayLink = {
    verdict: async (verdict) => toResult(await peer.request(FROM_HOLDER.verdict, { ...verdict })),
    async open(place) {
      const ids = await peer.request(FROM_HOLDER.open, { ...place })
      return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : []
    },
  }
  const attach = (params: unknown): object => {
    const given = readAttaching(params)
    if (!given || attaching) throw new Error('a session attaches once, with its name, id, process and folder')
    if (dispatch.sessions().length >= MOST_SESSIONS) throw new Error(`${MOST_SESSIONS} sessions are attached already`)
    attaching = given
    name = dispatch.attach(given.info, port, given)
    for (const request of given.requests) {
      try {
        relays.opened(link, request)
      } catch (thrown) {
        log.warn(renderError(thrown))
      }
    }
    return { name }
  }
  const ask = async (params: unknown): Promise<void> => {
    const request = readRequest(isRecord(params) ? params['request'] : undefined)
    if (!request) throw new Error('the prompt was not understood')
    relays.opened(link, request)
    await show(request)
  }
  const resolve = async (params: unknown): Promise<void> => {
    const { request, resolution } = isRecord(params) ? params : {}
    const [asked, ended] = [readRequest(request), readResolution(resolution)]
    if (!asked || !ended) throw new Error('the end of the prompt was not understood')
    relays.closed(link, asked.requestId)
    await hide(asked, ended)
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
      const outcome = method === FROM_SESSION.outcome ? readOutcome(params) : undefined
      if (outcome) dispatch.outcome(attaching.info.id, outcome)
    },
  })
  peer.onWritable(() => dispatch.pump())
  void peer.ended.then(() => {
    if (!attaching) return
    dispatch.leave(attaching.info.id, port, said ? 'ended' : 'lost')
    for (const request of relays.left(link)) {
      hide(request, ENDED).catch((thrown) => log.warn(`the end of a prompt could not be shown: ${renderError(thrown)}`))
    }
  })
  return peer
}

function toResult(value: unknown): VerdictResult {
  return value === 'passed' || value === 'not-approver' ? value : 'not-open'
}
