/** One connection to the gateway: the shard of the library, which never reconnects by itself here. */
import type { GatewayDispatchPayload } from '@discordjs/core/http-only'
import type { FetchingStrategyOptions, SessionInfo, WebSocketShard, WebSocketShardDestroyOptions } from '@discordjs/ws'
import type { Session } from './progress.ts'

export interface GatewayConnection {
  /** Resolves when it has ended, by whomever. */
  readonly ended: Promise<Ended>
  /** Ends it and keeps the session, so that it can be resumed. */
  end(reason: string): void
}

export interface Ended {
  /** Of the close frame; 1006 where there was none. */
  readonly code: number
  /** Discord said that there is no such session any more. */
  readonly isInvalid: boolean
  /** In words, for the state of the connection. */
  readonly detail: string
}

export interface ConnectionPorts {
  readonly token: string
  /** Where to connect to; another address where the session names one. */
  readonly url: string
  /** Which session to go on with, as far as it is settled now; undefined for a new one. */
  session(): Session | undefined
  /** Discord has begun a new one. */
  begun(session: Session): void
  dispatch(payload: GatewayDispatchPayload): void
  /** Discord has taken us in, or has answered a heartbeat. */
  alive(event: 'ready' | 'resumed' | 'heartbeat'): void
}

/** Guilds, messages of servers and of direct chats, reactions to both, and what is written in them. */
export const INTENTS: number = (1 << 0) | (1 << 9) | (1 << 10) | (1 << 12) | (1 << 13) | (1 << 15)

/** A peer that does not close its side is not waited for. */
const CLOSE_MS = 400
const RECONNECT_KEEPING_SESSION = 4200

export async function connectGateway(ports: ConnectionPorts): Promise<GatewayConnection> {
  const { WebSocketShard } = await import('@discordjs/ws')
  const { promise, resolve } = Promise.withResolvers<Ended>()
  let first: (WebSocketShardDestroyOptions & { readonly code: number }) | undefined
  let closedWith = 1006
  let failure = ''

  /** The library's own way back would begin anew where the network fails, and wait for nothing before it tries. */
  class OneConnection extends WebSocketShard {
    override async destroy(options: WebSocketShardDestroyOptions = {}): Promise<void> {
      first ??= { ...options, code: options.code ?? RECONNECT_KEEPING_SESSION }
      const { code, reason = '' } = first
      silence(this)
      const closed = super.destroy({ code: code === 1006 ? RECONNECT_KEEPING_SESSION : code, reason })
      const { promise: late, resolve: giveUp } = Promise.withResolvers<void>()
      const timer = setTimeout(giveUp, CLOSE_MS).unref()
      await Promise.race([closed.catch(() => {}), late])
      clearTimeout(timer)
      terminate(this)
      resolve({
        code: closedWith === 1006 ? code : closedWith,
        isInvalid: reason === 'Invalid session',
        detail: inWords(first, closedWith, failure),
      })
    }
  }

  const shard = new OneConnection(
    {
      options: optionsOf(ports),
      retrieveSessionInfo: () => toInfo(ports.session()),
      updateSessionInfo(_, info) {
        // Only a new one: how far it is settled is not what was received, and the library gives up more than it has to.
        if (info && info.sessionId !== ports.session()?.id) ports.begun(toSession(info))
      },
      waitForIdentify: async () => {},
    },
    0,
  )
  shard.on('error', (error: Error) => {
    failure = error.message
  })
  shard.on('socketError', (error: unknown) => {
    failure = codeOf(error)
  })
  shard.on('closed', (code: number) => {
    if (first === undefined) closedWith = code
  })
  shard.on('dispatch', (payload) => ports.dispatch(payload as GatewayDispatchPayload))
  shard.on('ready', () => ports.alive('ready'))
  shard.on('resumed', () => ports.alive('resumed'))
  shard.on('heartbeat', () => ports.alive('heartbeat'))
  // It resolves with the first event, or never; how it goes is told by the events.
  shard.connect().catch(() => {})
  return { ended: promise, end: (reason) => void shard.destroy({ code: RECONNECT_KEEPING_SESSION, reason }) }
}

function optionsOf({ token, url }: ConnectionPorts): FetchingStrategyOptions {
  return {
    token,
    intents: INTENTS,
    gatewayInformation: {
      url,
      shards: 1,
      session_start_limit: { total: 1, remaining: 1, reset_after: 0, max_concurrency: 1 },
    },
    shardCount: 1,
    version: '10',
    encoding: 'json' as FetchingStrategyOptions['encoding'],
    compression: null,
    useIdentifyCompression: false,
    identifyProperties: { os: process.platform, browser: 'backchannel', device: 'backchannel' },
    initialPresence: null,
    largeThreshold: null,
    handshakeTimeout: 20_000,
    helloTimeout: 20_000,
    readyTimeout: 20_000,
  }
}

function toInfo(session: Session | undefined): SessionInfo | null {
  if (!session) return null
  return { sessionId: session.id, sequence: session.sequence, resumeURL: session.url, shardCount: 1, shardId: 0 }
}

function toSession({ sessionId, sequence, resumeURL }: SessionInfo): Session {
  return { id: sessionId, url: resumeURL, sequence }
}

function inWords(
  { reason = '', code }: { readonly reason?: string; readonly code: number },
  closedWith: number,
  failure: string,
): string {
  if (failure !== '') return failure
  if (closedWith !== 1006) return `the gateway closed the connection (${closedWith})`
  return reason === '' ? `the connection was lost (${code})` : reason
}

/** The system's word for what failed; messages of sockets name addresses. */
function codeOf(error: unknown): string {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown }
  if (typeof code === 'string' && code !== '') return code
  const status = /Unexpected server response: (\d{3})/.exec(String(message))?.[1]
  return status === undefined ? 'the connection failed' : `the gateway answered ${status}`
}

interface Socket {
  addEventListener(type: 'error', listener: () => void): void
  terminate?(): void
}

function socketOf(shard: WebSocketShard): Socket | undefined {
  return (shard as unknown as { readonly connection?: Socket | null }).connection ?? undefined
}

/** The library stops listening to a socket that it gives up, and one that is still connecting fails after that. */
function silence(shard: WebSocketShard): void {
  socketOf(shard)?.addEventListener('error', () => {})
}

/** A dead peer would keep the socket for half a minute. */
function terminate(shard: WebSocketShard): void {
  try {
    socketOf(shard)?.terminate?.()
  } catch {
    // It has ended.
  }
}
