/** The adapter on a Telegram of the test kit, with ports that write down what they are told. */
import { createLog } from '@backchannel/channel'
import type {
  ButtonPress,
  Connection,
  Health,
  InboundMessage,
  MovedChat,
  PlatformPorts,
  Reaction,
  Received,
} from '@backchannel/channel/chat'
import { waitFor } from '@backchannel/testkit'
import { type FakeTelegram, startFakeTelegram } from '@backchannel/testkit/telegram'
import { createTelegram } from './platform.ts'
import type { Pace } from './polling/poller.ts'

export interface Adapter extends AsyncDisposable {
  readonly telegram: FakeTelegram
  readonly connection: Connection
  readonly messages: InboundMessage[]
  readonly presses: ButtonPress[]
  readonly reactions: Reaction[]
  readonly moves: MovedChat[]
  readonly healths: Health[]
  /** What the adapter said on stderr. */
  readonly lines: string[]
  /** What `receive` answers from now on; default: stored. */
  answer: (message: InboundMessage) => Promise<Received>
  /** Waits until `count` messages have come. */
  received(count: number): Promise<readonly InboundMessage[]>
  reaches(state: Health['state']): Promise<Health>
  /** Ends the session, as stdin's end does. */
  end(): void
}

/** Quick, so that a test waits for what happens and not for time to go by. */
export const QUICK: Pace = { failures: [5], conflicts: [5, 5, 5, 5], quietMs: 50, pollSeconds: 2, slackMs: 5_000 }

export interface AdapterOptions {
  readonly telegram?: FakeTelegram
  readonly token?: string
  readonly listens?: boolean
  readonly pace?: Pace
  readonly takesWebhook?: boolean
  readonly isSelfHosted?: boolean
}

const STORED: Received = { kind: 'stored', duplicate: false }

export async function startAdapter(options: AdapterOptions = {}): Promise<Adapter> {
  const telegram = options.telegram ?? (await startFakeTelegram())
  const session = new AbortController()
  const messages: InboundMessage[] = []
  const presses: ButtonPress[] = []
  const reactions: Reaction[] = []
  const moves: MovedChat[] = []
  const healths: Health[] = []
  const lines: string[] = []
  const log = createLog('telegram', (line) => void lines.push(line))
  const config = {
    token: options.token ?? telegram.bot.token,
    apiRoot: telegram.root,
    isSelfHosted: options.isSelfHosted ?? false,
    takesWebhook: options.takesWebhook ?? false,
  }
  const platform = createTelegram({ load: async () => config, isSelfHosted: false, log, pace: options.pace ?? QUICK })
  const ports: PlatformPorts = {
    async receive(message) {
      messages.push(message)
      return adapter.answer(message)
    },
    async pressed(press) {
      presses.push(press)
    },
    async reacted(reaction) {
      reactions.push(reaction)
      return STORED
    },
    hears: async () => true,
    moved: (chat) => void moves.push(chat),
    health: (health) => void healths.push(health),
    memory: { recall: async () => undefined, keep: async () => {} },
  }
  const connection = await platform.start(ports, session.signal)
  const adapter: Adapter = {
    telegram,
    connection,
    messages,
    presses,
    reactions,
    moves,
    healths,
    lines,
    answer: async () => STORED,
    async received(count) {
      await waitFor(() => messages.length >= count, { what: `${count} messages` })
      return messages
    },
    reaches: (state) => waitFor(() => healths.find((health) => health.state === state), { what: `health ${state}` }),
    end: () => session.abort(),
    async [Symbol.asyncDispose]() {
      await connection.close()
      session.abort()
      if (!options.telegram) await telegram.close()
    },
  }
  if (options.listens !== false) connection.listen()
  return adapter
}
