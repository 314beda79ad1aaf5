/** The adapter on a Discord of the test kit, with ports that write down what they are told. */
import { createLog } from '@backchannel/channel'
import type {
  ButtonPress,
  CommandCall,
  Connection,
  Health,
  InboundMessage,
  Place,
  PlatformPorts,
  Reaction,
  Received,
} from '@backchannel/channel/chat'
import { waitFor } from '@backchannel/testkit'
import { type DiscordOptions, type FakeDiscord, startFakeDiscord } from '@backchannel/testkit/discord'
import type { Pace } from './gateway/gateway.ts'
import { createDiscord } from './platform.ts'

export interface Adapter extends AsyncDisposable {
  readonly discord: FakeDiscord
  readonly connection: Connection
  readonly messages: InboundMessage[]
  readonly presses: ButtonPress[]
  readonly commands: CommandCall[]
  readonly reactions: Reaction[]
  readonly healths: Health[]
  /** What the adapter said on stderr. */
  readonly lines: string[]
  /** What the adapter kept for the next process. */
  readonly kept: { readonly value: unknown }
  /** What `receive` answers from now on; default: stored. */
  answer: (message: InboundMessage) => Promise<Received>
  /** What `commanded` answers from now on; default: nothing. */
  words: string | undefined
  /** Waits until `count` messages have come. */
  received(count: number): Promise<readonly InboundMessage[]>
  reaches(state: Health['state']): Promise<Health>
  /** Ends the session, as stdin's end does. */
  end(): void
}

/** Quick, so that a test waits for what happens and not for time to go by. */
export const QUICK: Pace = { failures: [5], quietMs: 50, loginMs: 0 }

export interface AdapterOptions {
  readonly discord?: FakeDiscord
  readonly options?: DiscordOptions
  readonly token?: string
  readonly listens?: boolean
  readonly pace?: Pace
  /** Of an earlier process. */
  readonly kept?: unknown
  readonly hears?: (place: Place) => boolean
}

const STORED: Received = { kind: 'stored', duplicate: false }

export async function startAdapter(options: AdapterOptions = {}): Promise<Adapter> {
  const discord = options.discord ?? (await startFakeDiscord(options.options))
  const session = new AbortController()
  const messages: InboundMessage[] = []
  const presses: ButtonPress[] = []
  const commands: CommandCall[] = []
  const reactions: Reaction[] = []
  const healths: Health[] = []
  const lines: string[] = []
  const kept = { value: options.kept }
  const log = createLog('discord', (line) => void lines.push(line))
  const config = { token: options.token ?? discord.bot.token, apiRoot: discord.root }
  const platform = createDiscord({ load: async () => config, log, pace: options.pace ?? QUICK })
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
    async commanded(call) {
      commands.push(call)
      return adapter.words === undefined ? undefined : { text: adapter.words }
    },
    hears: async (place) => options.hears?.(place) ?? true,
    memory: {
      recall: async () => kept.value,
      async keep(_, value) {
        kept.value = JSON.parse(JSON.stringify(value))
      },
    },
    moved() {},
    health: (health) => void healths.push(health),
  }
  const connection = await platform.start(ports, session.signal)
  const adapter: Adapter = {
    discord,
    connection,
    messages,
    presses,
    commands,
    reactions,
    healths,
    lines,
    kept,
    answer: async () => STORED,
    words: undefined,
    async received(count) {
      await waitFor(() => messages.length >= count, { what: `${count} messages` })
      return messages
    },
    reaches: (state) => waitFor(() => healths.find((health) => health.state === state), { what: `health ${state}` }),
    end: () => session.abort(),
    async [Symbol.asyncDispose]() {
      await connection.close()
      session.abort()
      if (!options.discord) await discord.close()
    },
  }
  if (options.listens !== false) connection.listen()
  return adapter
}
