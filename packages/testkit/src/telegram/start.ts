/** Starts the fake Bot API on a free port of loopback. */
import { type BotOptions, type BotSlot, createBot, type FakeBot } from './bot.ts'
import { findMethod } from './methods/index.ts'
import { readParameters } from './methods/parameters.ts'
import { ApiFailure } from './wire/failure.ts'
import { createFaults, type Faults } from './wire/faults.ts'
import { startWire } from './wire/server.ts'

export interface FakeTelegram extends AsyncDisposable {
  /** For `TELEGRAM_API_ROOT` and `apiRoot`: `http://127.0.0.1:PORT`. */
  readonly root: string
  /** The bot that was there from the start. */
  readonly bot: FakeBot
  /** Another bot, with people and chats of its own. */
  addBot(options?: BotOptions): FakeBot
  readonly faults: Faults
  /** Nobody can connect, and all connections are cut. */
  offline(): Promise<void>
  online(): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}

/** State is kept as long as it runs; assertions are made on that state, not on what was called. */
export async function startFakeTelegram(options: BotOptions = {}): Promise<FakeTelegram> {
  const slots: BotSlot[] = []
  const addBot = (botOptions: BotOptions): FakeBot => {
    const slot = createBot(7_000_000_001 + slots.length, botOptions)
    slots.push(slot)
    return slot.bot
  }
  const find = (token: string): BotSlot | undefined => slots.find(({ bot }) => bot.token === token)
  const { faults, take } = createFaults()
  const wire = await startWire(
    {
      async call({ token, method, body, signal }) {
        const slot = authenticate(token, find(token))
        return findMethod(method)(slot.world, readParameters(body), signal)
      },
      download(token, path) {
        const file = authenticate(token, find(token)).world.files.byPath(path)
        if (!file) throw new ApiFailure(404, 'Not Found')
        return file.bytes
      },
      answered({ token, method, body }, status) {
        find(token)?.world.calls.push({ method, parameters: body.parameters, status })
      },
    },
    take,
  )
  return {
    root: `http://127.0.0.1:${wire.port}`,
    bot: addBot(options),
    addBot: (botOptions = {}) => addBot(botOptions),
    faults,
    offline: wire.offline,
    online: wire.online,
    close: wire.close,
    [Symbol.asyncDispose]: wire.close,
  }
}

/** A token of no bot is 401; what is no token at all, 404. */
function authenticate(token: string, slot: BotSlot | undefined): BotSlot {
  if (slot) return slot
  throw /^\d+:/.test(token) ? new ApiFailure(401, 'Unauthorized') : new ApiFailure(404, 'Not Found')
}
