/** Discord's own client libraries on a fake: what they understand, Discord would say. */
import { API, Client, type GatewayDispatchPayload } from '@discordjs/core'
import { DiscordAPIError, REST, type RESTOptions } from '@discordjs/rest'
import { type SessionInfo, WebSocketManager, WebSocketShardEvents } from '@discordjs/ws'
import { expect } from 'vitest'
import { waitFor } from '../wait.ts'
import type { FakeDiscord } from './index.ts'

export interface Connected {
  readonly rest: REST
  readonly api: API
}

/** @param token default: that of the first bot */
export function connect(
  { root, bot }: FakeDiscord,
  token: string = bot.token,
  options: Partial<RESTOptions> = {},
): Connected {
  const rest = new REST({
    api: root,
    version: '10',
    retries: 0,
    timeout: 5_000,
    hashSweepInterval: 0,
    handlerSweepInterval: 0,
    ...options,
  })
  rest.setToken(token)
  return { rest, api: new API(rest) }
}

/** What the API refused. */
export async function failure(work: Promise<unknown>): Promise<DiscordAPIError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(DiscordAPIError)
  return thrown as DiscordAPIError
}

export interface Listener {
  readonly client: Client
  readonly manager: WebSocketManager
  /** Every dispatch that came, oldest first. */
  readonly dispatches: readonly GatewayDispatchPayload[]
  /** What went wrong for good. */
  readonly errors: readonly Error[]
  of(type: string): readonly unknown[]
  /** Waits for so many dispatches of a type. */
  received(type: string, count?: number): Promise<readonly unknown[]>
  close(): Promise<void>
}

/** Guilds, messages, reactions, typing, direct ones too, and message content. */
export const INTENTS: number = 1 | (1 << 9) | (1 << 10) | (1 << 11) | (1 << 12) | (1 << 13) | (1 << 14) | (1 << 15)

export async function listen(discord: FakeDiscord, intents: number = INTENTS, token?: string): Promise<Listener> {
  const { rest } = connect(discord, token)
  // By default all managers of a process share their sessions.
  let session: SessionInfo | null = null
  const manager = new WebSocketManager({
    token: token ?? discord.bot.token,
    intents,
    rest,
    // Five seconds between two logins are right, and no test's concern.
    buildIdentifyThrottler: () => ({ waitForIdentify: async () => {} }),
    retrieveSessionInfo: () => session,
    updateSessionInfo: (_, info) => {
      session = info
    },
  })
  const client = new Client({ rest, gateway: manager })
  const dispatches: GatewayDispatchPayload[] = []
  const errors: Error[] = []
  manager.on(WebSocketShardEvents.Dispatch, (payload) => void dispatches.push(payload))
  manager.on(WebSocketShardEvents.Error, (error) => void errors.push(error))
  const of = (type: string) => dispatches.filter(({ t }) => t === type).map(({ d }) => d)
  await manager.connect().catch((error: unknown) => void errors.push(error as Error))
  return {
    client,
    manager,
    dispatches,
    errors,
    of,
    async received(type, count = 1) {
      await waitFor(() => of(type).length >= count, { what: `${count} × ${type}` })
      return of(type)
    },
    async close() {
      await manager.destroy()
    },
  }
}
