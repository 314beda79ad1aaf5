/** One socket of the gateway, from hello to its end: who it is, which session it has, and what closes it. */
import type { WebSocket } from 'ws'
import type { Application } from '../state/applications.ts'
import { intentProblem } from './intents.ts'
import type { Session } from './session.ts'

/** Payloads a minute. */
const MOST_PAYLOADS = 120
const MINUTE_MS = 60_000
const MOST_PAYLOAD_BYTES = 4_096

export interface Connection {
  /** False where the socket is gone. */
  send(payload: object): boolean
  /** Closes with a code; without one the socket is cut. */
  end(code?: number): void
  /** From now on nothing is sent and no heartbeat acknowledged, though the socket stays. */
  freeze(): void
  /** Op 9: the session is no longer this socket's, which may ask for it, or for another one, again. */
  invalidate(resumable: boolean): void
}

export interface ConnectionPorts {
  readonly findApplication: (token: string) => Application | undefined
  /** What READY says, and what follows it. */
  readonly ready: (application: Application, session: Session) => void
}

/** Milliseconds. */
export interface Pulse {
  readonly heartbeatMs: number
  /** Without a heartbeat, until it is closed. */
  readonly silenceMs: number
}

interface Payload {
  readonly op: number
  readonly d: Readonly<Record<string, unknown>> | number | boolean | null
}

/** Speaks to a socket that was just accepted. */
export function openConnection(
  socket: WebSocket,
  { heartbeatMs, silenceMs }: Pulse,
  ports: ConnectionPorts,
): Connection {
  let application: Application | undefined
  let session: Session | undefined
  let ended: number | undefined
  let payloads = 0
  let windowEnd = Date.now() + MINUTE_MS
  let timer: NodeJS.Timeout | undefined
  let isFrozen = false

  const connection: Connection = {
    send(payload) {
      if (isFrozen || socket.readyState !== socket.OPEN) return false
      socket.send(JSON.stringify({ s: null, t: null, ...payload }))
      return true
    },
    end(code) {
      ended ??= code ?? 1006
      if (code === undefined) socket.terminate()
      else socket.close(code)
    },
    freeze() {
      isFrozen = true
    },
    invalidate(resumable) {
      connection.send({ op: 9, d: resumable })
      session?.detach(connection)
      session = undefined
    },
  }

  /** A client that is silent for too long is closed, and its session with it. */
  const watch = () => {
    clearTimeout(timer)
    const end = () => {
      if (session) application?.gateway.endSession(session)
      connection.end(4009)
    }
    timer = setTimeout(end, silenceMs)
    timer.unref()
  }

  const enter = (owner: Application) => {
    application = owner
    owner.gateway.connected(connection)
  }

  const refuse = (owner: Application | undefined, code: number) => {
    owner?.gateway.refuse()
    connection.end(code)
  }

  const invalid = (owner: Application) => {
    owner.gateway.refuse()
    connection.send({ op: 9, d: false })
  }

  const identify = (data: Readonly<Record<string, unknown>>) => {
    if (session) return connection.end(4005)
    const owner = ports.findApplication(text(data['token']))
    if (!owner) return refuse(owner, 4004)
    if (application === undefined) enter(owner)
    if (!isShard(data['shard'])) return refuse(owner, 4010)
    const problem = intentProblem(data['intents'], owner)
    if (problem) return refuse(owner, problem)
    if (!owner.gateway.takeTurn()) return invalid(owner)
    session = owner.gateway.identify(connection, Number(data['intents']))
    if (!session) return refuse(owner, 4004)
    ports.ready(owner, session)
  }

  const resume = (data: Readonly<Record<string, unknown>>) => {
    if (session) return connection.end(4005)
    const owner = ports.findApplication(text(data['token']))
    if (!owner) return refuse(owner, 4004)
    if (application === undefined) enter(owner)
    const found = owner.gateway.findSession(text(data['session_id']))
    if (!found) return invalid(owner)
    const seq = Number(data['seq'])
    if (!Number.isInteger(seq) || seq < 0 || seq > found.seq) return refuse(owner, 4007)
    const missed = found.since(seq)
    if (!missed) {
      owner.gateway.endSession(found)
      return invalid(owner)
    }
    found.acknowledge(seq)
    // One socket has a session: the older one is closed.
    const older = found.connection
    session = found
    owner.gateway.resume(found, connection)
    older?.end(4000)
    for (const dispatch of missed) found.sendAgain(dispatch)
    found.dispatch('RESUMED', { _trace: [] })
  }

  const receive = ({ op, d }: Payload) => {
    const data = typeof d === 'object' && d !== null ? d : {}
    if (op === 1) {
      watch()
      application?.gateway.heartbeat()
      if (typeof d === 'number') session?.acknowledge(d)
      connection.send({ op: 11, d: null })
      return
    }
    if (op === 2) return identify(data)
    if (op === 6) return resume(data)
    if (!session) return connection.end(4003)
    // Presence, voice and requests for members are taken and have no effect.
    if (op !== 3 && op !== 4 && op !== 8 && op !== 31 && op !== 43) connection.end(4001)
  }

  socket.on('message', (frame: Buffer) => {
    if (Date.now() > windowEnd) {
      payloads = 0
      windowEnd = Date.now() + MINUTE_MS
    }
    payloads += 1
    if (payloads > MOST_PAYLOADS) return connection.end(4008)
    const payload = frame.length > MOST_PAYLOAD_BYTES ? undefined : parse(frame)
    if (payload) receive(payload)
    else connection.end(4002)
  })
  socket.on('error', () => {})
  socket.on('close', (code) => {
    clearTimeout(timer)
    const by = ended === undefined && code !== 1006 ? 'client' : 'discord'
    session?.detach(connection)
    // Who says goodbye for good has no session to come back to.
    if (session && by === 'client' && (code === 1000 || code === 1001)) application?.gateway.endSession(session)
    application?.gateway.disconnected(connection, { code: ended ?? code, by, sessionId: session?.id })
  })
  watch()
  connection.send({ op: 10, d: { heartbeat_interval: heartbeatMs, _trace: [] } })
  return connection
}

function parse(frame: Buffer): Payload | undefined {
  try {
    const value: unknown = JSON.parse(frame.toString('utf8'))
    if (typeof value !== 'object' || value === null || !('op' in value) || typeof value.op !== 'number')
      return undefined
    return { op: value.op, d: 'd' in value ? (value.d as Payload['d']) : null }
  } catch {
    return undefined
  }
}

function isShard(shard: unknown): boolean {
  if (shard === undefined) return true
  return Array.isArray(shard) && shard.length === 2 && shard[0] === 0 && shard[1] === 1
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
