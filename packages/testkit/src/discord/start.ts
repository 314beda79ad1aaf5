/** Starts the fake Discord on a free port of loopback. */
import { type BotOptions, type BotSlot, createBot, type FakeBot } from './bot.ts'
import { acceptSocket } from './gateway/accept.ts'
import { createContext, isFields } from './rest/context.ts'
import { findRoute, openRoute } from './rest/index.ts'
import { createWorld, type WorldOptions } from './state/world.ts'
import type { RequestBody } from './wire/body.ts'
import { fail } from './wire/failure.ts'
import { createFaults, type Faults } from './wire/faults.ts'
import { createLimits, type Limits } from './wire/limits.ts'
import { type Routed, startWire } from './wire/server.ts'

export interface FakeDiscord extends AsyncDisposable {
  /** For `DISCORD_API_ROOT`: `http://127.0.0.1:PORT/api`; requests go to `${root}/v10/…`. */
  readonly root: string
  /** The bot that was there from the start. */
  readonly bot: FakeBot
  /** Another bot in the same world, with a token and a gateway of its own. */
  addBot(options?: BotOptions): FakeBot
  readonly faults: Faults
  readonly limits: Limits
  /** Makes every address of a file worthless that was given so far. */
  expireLinks(): void
  /** Paths of the files that were downloaded, in order. */
  readonly downloads: readonly string[]
  /** Nobody can connect, and all connections are cut. */
  offline(): Promise<void>
  online(): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}

export interface DiscordOptions extends BotOptions, WorldOptions {}

/** State is kept as long as it runs; assertions are made on that state, not on what was called. */
export async function startFakeDiscord(options: DiscordOptions = {}): Promise<FakeDiscord> {
  const address = () => `127.0.0.1:${wire.port}`
  const world = createWorld(options, () => `http://${address()}`)
  const slots: BotSlot[] = []
  const addBot = (botOptions: BotOptions): FakeBot => {
    const slot = createBot(world, botOptions)
    slots.push(slot)
    return slot.bot
  }
  const find = (token: string) => slots.find(({ application }) => application.token === token)?.application
  const { faults, take } = createFaults()
  const limits = createLimits(world.now)

  const call = async (request: Routed, body: RequestBody): Promise<unknown> => {
    const found = openRoute(request.route)
    const fields = isFields(body.json) ? body.json : {}
    if (found.kind === 'token') return found.run({ world, request, body, fields })
    const application = find(request.token)
    if (found.kind === 'bot') {
      if (!application) throw fail('unauthorized')
      return found.run(createContext(world, application, request, body))
    }
    const url = `ws://${address()}/gateway`
    if (request.route === 'GET /gateway') return { url }
    if (!application) throw fail('unauthorized')
    const { remaining, resetAfterMs, options: own } = application.gateway
    const limit = { total: own.logins, remaining, reset_after: resetAfterMs, max_concurrency: own.concurrency }
    return { url, shards: 1, session_start_limit: limit }
  }

  const wire = await startWire(
    {
      route: findRoute,
      authenticate({ route, token, parameters }) {
        if (openRoute(route).kind === 'token' || route === 'GET /gateway') return parameters['token'] ?? ''
        if (!find(token)) throw fail('unauthorized')
        return token
      },
      call,
      download(path, query) {
        const file = world.cdn.open(path, query)
        if (!file) throw fail('notFound')
        return file
      },
      answered({ route, path, token, parameters }, { json }, status) {
        const body = isFields(json) ? json : {}
        const owner = find(token) ?? world.applications.get(parameters['application'] ?? '')
        const interaction = world.interactions.get(parameters['interaction'] ?? '')
        const calls = owner?.calls ?? interaction?.application.calls
        calls?.push({ route, path, body, status })
      },
      connect(socket, query) {
        acceptSocket(world, socket, query, `ws://${address()}/resume`, find)
      },
    },
    take,
    limits,
  )
  return {
    root: `http://${address()}/api`,
    bot: addBot(options),
    addBot: (botOptions = {}) => addBot(botOptions),
    faults,
    limits,
    expireLinks: () => world.cdn.expireLinks(),
    downloads: world.cdn.downloads,
    offline: wire.offline,
    online: wire.online,
    close: wire.close,
    [Symbol.asyncDispose]: wire.close,
  }
}
