/** The gateway of one bot: its sessions, who is connected to them, how often it logged in, and what a test does to it. */
import { randomBytes } from 'node:crypto'
import { channelPermissions, may, PERMISSIONS } from '../state/permissions.ts'
import type { WorldEvent } from '../state/world.ts'
import type { Connection } from './connection.ts'
import { MESSAGE_CONTENT } from './intents.ts'
import { createSession, type Dispatch, type Session } from './session.ts'

export interface GatewayOptions {
  /** Logins a day; default 1,000. */
  readonly logins?: number
  /** How many identifies may come at once; default 1. */
  readonly concurrency?: number
  /** Identifies beyond the concurrency within this time are refused; default 0: none are. Discord has 5,000. */
  readonly identifyEveryMs?: number
  /** Dispatches that a session keeps for a resume; default 1,000. */
  readonly keeps?: number
}

/** Close codes after which there is no session to resume. */
const ENDING = new Set([4003, 4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014])

/** A connection that ended, and how. */
export interface Closing {
  /** What was sent as the close code, by whom; 1006 where the socket was cut. */
  readonly code: number
  readonly by: 'discord' | 'client'
  readonly sessionId: string | undefined
}

export interface FakeGateway {
  /** Sockets that were opened. */
  readonly connections: number
  /** Accepted identifies: what counts against the budget of logins. */
  readonly identifies: number
  /** Accepted resumes. */
  readonly resumes: number
  /** Identifies and resumes that were refused. */
  readonly refused: number
  /** Sessions that a socket is connected to now. */
  readonly active: number
  /** The most at one time: two are two processes that receive everything twice. */
  readonly most: number
  /** Logins left today. */
  readonly remaining: number
  readonly closings: readonly Closing[]
  /** Everything that was sent to any session, in order. */
  readonly dispatches: readonly Dispatch[]
  /** Heartbeats that came. */
  readonly heartbeats: number
  /** Intents of the last identify. */
  readonly intents: number
  /** Whether MESSAGE_CREATE of that message was written to a socket. */
  isHanded(messageId: string): boolean
  /** Whether a heartbeat or a resume said that MESSAGE_CREATE of that message has come. */
  isAcknowledged(messageId: string): boolean
  /** Cuts every socket as a network does, or closes with a code. The sessions can be resumed, unless the code says not. */
  drop(code?: number): void
  /** Op 7: asks to connect anew and resume. */
  reconnect(): void
  /** Op 9. Not resumable: the sessions are gone. */
  invalidate(resumable: boolean): void
  /** Forgets all sessions, so that a resume is refused; the sockets stay. */
  forgetSessions(): void
  /** Op 1: asks for a heartbeat at once. */
  askHeartbeat(): void
  /** The connections of now are dead and do not know: nothing comes any more, no acknowledgement of a heartbeat either. */
  freeze(): void
  /** Sends something that no other part of the fake sends. */
  send(type: string, data: object): void
  /** Sets what is left of the logins. */
  setRemaining(remaining: number): void
  /** Milliseconds until the budget is full again. */
  readonly resetAfterMs: number
}

export interface Gateway extends FakeGateway {
  readonly options: Required<GatewayOptions>
  readonly now: () => number
  publish(event: WorldEvent): void
  connected(connection: Connection): void
  disconnected(connection: Connection, closing: Closing): void
  refuse(): void
  /** A new session, if the budget has one left. */
  identify(connection: Connection, intents: number): Session | undefined
  findSession(id: string): Session | undefined
  resume(session: Session, connection: Connection): void
  endSession(session: Session): void
  /** False where the concurrency does not let it in now. */
  takeTurn(): boolean
  heartbeat(): void
}

const DAY_MS = 24 * 60 * 60 * 1000

/** @param spent called when the budget of logins is overdrawn: Discord then makes the token worthless */
export function createGateway(botId: string, now: () => number, given: GatewayOptions, spent: () => void): Gateway {
  const options: Required<GatewayOptions> = {
    logins: 1_000,
    concurrency: 1,
    identifyEveryMs: 0,
    keeps: 1_000,
    ...given,
  }
  const sessions = new Map<string, Session>()
  /** Where each message was sent; of sessions that ended too, since what was handed stays a fact. */
  const messages = new Map<string, readonly { readonly session: Session; readonly seq: number }[]>()
  const connections = new Set<Connection>()
  const closings: Closing[] = []
  const dispatches: Dispatch[] = []
  const turns: number[] = []
  const count = { connections: 0, identifies: 0, resumes: 0, refused: 0, most: 0, heartbeats: 0, intents: 0 }
  let remaining = options.logins

  const active = () => [...sessions.values()].filter(({ connection }) => connection !== undefined).length
  const attach = (session: Session, connection: Connection) => {
    session.attach(connection)
    count.most = Math.max(count.most, active())
  }
  const tell = (session: Session, type: string, data: object) => {
    const dispatch = session.dispatch(type, data)
    dispatches.push(dispatch)
    const id = idOf(data)
    if (type !== 'MESSAGE_CREATE' || id === undefined) return
    messages.set(id, [...(messages.get(id) ?? []), { session, seq: dispatch.seq }])
  }
  const sentAs = (messageId: string) => messages.get(messageId) ?? []

  return {
    get connections() {
      return count.connections
    },
    get identifies() {
      return count.identifies
    },
    get resumes() {
      return count.resumes
    },
    get refused() {
      return count.refused
    },
    get active() {
      return active()
    },
    get most() {
      return count.most
    },
    get remaining() {
      return remaining
    },
    get heartbeats() {
      return count.heartbeats
    },
    get intents() {
      return count.intents
    },
    options,
    closings,
    dispatches,
    now,
    resetAfterMs: DAY_MS,
    isHanded: (id) => sentAs(id).some(({ session, seq }) => session.isHanded(seq)),
    isAcknowledged: (id) => sentAs(id).some(({ session, seq }) => session.acknowledged >= seq),
    drop(code) {
      for (const connection of [...connections]) connection.end(code)
      if (code !== undefined && ENDING.has(code)) sessions.clear()
    },
    reconnect() {
      for (const connection of connections) connection.send({ op: 7, d: null })
    },
    invalidate(resumable) {
      for (const connection of connections) connection.invalidate(resumable)
      if (!resumable) sessions.clear()
    },
    forgetSessions: () => sessions.clear(),
    askHeartbeat() {
      for (const connection of connections) connection.send({ op: 1, d: null })
    },
    freeze() {
      for (const connection of connections) connection.freeze()
    },
    send(type, data) {
      for (const session of sessions.values()) tell(session, type, data)
    },
    setRemaining(left) {
      remaining = left
    },
    publish(event) {
      if (event.only !== undefined && event.only !== botId) return
      if (!isTold(event, botId)) return
      for (const session of sessions.values()) {
        if (event.intents !== 0 && (session.intents & event.intents) === 0) continue
        const seesContent = (session.intents & MESSAGE_CONTENT) !== 0
        tell(session, event.type, event.data({ userId: botId, seesContent }))
      }
    },
    connected(connection) {
      connections.add(connection)
      count.connections += 1
    },
    disconnected(connection, closing) {
      if (!connections.delete(connection)) return
      closings.push(closing)
    },
    refuse() {
      count.refused += 1
    },
    takeTurn() {
      const { identifyEveryMs, concurrency } = options
      const recent = turns.filter((at) => now() - at < identifyEveryMs)
      if (recent.length >= concurrency) return false
      turns.push(now())
      return true
    },
    identify(connection, intents) {
      if (remaining <= 0) {
        spent()
        return undefined
      }
      remaining -= 1
      count.identifies += 1
      count.intents = intents
      const session = createSession(randomBytes(16).toString('hex'), intents, options.keeps)
      sessions.set(session.id, session)
      attach(session, connection)
      return session
    },
    findSession: (id) => sessions.get(id),
    resume(session, connection) {
      count.resumes += 1
      attach(session, connection)
    },
    endSession: (session) => void sessions.delete(session.id),
    heartbeat() {
      count.heartbeats += 1
    },
  }
}

/** Whether a bot is told what happens in a channel: where it is, and sees the channel. */
function isTold({ channel, guild, isEnding }: WorldEvent, botId: string): boolean {
  if (channel && isEnding) return (channelPermissions(channel, botId) & PERMISSIONS.ViewChannel) !== 0n
  if (channel) return may(channel, botId, 'ViewChannel')
  return guild === undefined || guild.members.has(botId)
}

function idOf(data: object): string | undefined {
  return 'id' in data && typeof data.id === 'string' ? data.id : undefined
}
