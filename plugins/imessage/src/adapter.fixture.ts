/** The adapter on a Messages of the test kit, with ports that write down what they are told. */
import { join } from 'node:path'
import { createLog, type Memory } from '@backchannel/channel'
import type {
  Connection,
  Health,
  InboundMessage,
  OutgoingFile,
  PlatformPorts,
  Reaction,
  Received,
} from '@backchannel/channel/chat'
import { createTempDirectory, waitFor } from '@backchannel/testkit'
import { type FakeMessages, type MessagesOptions, startFakeMessages } from '@backchannel/testkit/imessage'
import { parseConfig } from './config.ts'
import { createImessage, type Imessage, type Timing } from './platform.ts'

export interface Adapter extends AsyncDisposable {
  readonly fake: FakeMessages
  readonly platform: Imessage
  readonly connection: Connection
  readonly messages: InboundMessage[]
  readonly reactions: Reaction[]
  readonly healths: Health[]
  /** What the adapter said on stderr. */
  readonly lines: string[]
  readonly memory: KeptMemory
  /** What `receive` answers from now on; default: stored. */
  answer: (message: InboundMessage) => Promise<Received>
  /** Waits until `count` messages have come. */
  received(count: number): Promise<readonly InboundMessage[]>
  /** Waits until all that is in the database was read. */
  settled(): Promise<void>
  /** Waits for a health of this state after all those that were told before. */
  reaches(state: Health['state']): Promise<Health>
  send(chatId: string, text: string, options?: SendOptions): Promise<void>
  /** Ends this one and starts another one, as the next session would. */
  restart(): Promise<Adapter>
}

interface SendOptions {
  readonly key?: string
  readonly files?: readonly OutgoingFile[]
  readonly signal?: AbortSignal
}

export interface KeptMemory extends Memory {
  readonly values: Map<string, unknown>
}

export interface AdapterOptions extends MessagesOptions {
  readonly fake?: FakeMessages
  readonly env?: Readonly<Record<string, string>>
  readonly memory?: KeptMemory
  /** Of what is known of own messages. */
  readonly accounts?: string
  readonly listens?: boolean
  /** Of each group: who is heard in it. */
  readonly members?: readonly string[]
  readonly timing?: Timing
}

/** Quick, so that a test waits for what happens and not for time to go by. */
export const QUICK: Timing = {
  send: { scriptMs: 2_000, rowMs: 300, resumedMs: 150 },
  reading: { lookMs: 50, retryMs: 20, waitMs: 60_000 },
  fileMs: 200,
}

export const STORED: Received = { kind: 'stored', duplicate: false }

export function createMemory(): KeptMemory {
  const values = new Map<string, unknown>()
  return {
    values,
    recall: async (name) => values.get(name),
    keep: async (name, value) => void values.set(name, structuredClone(value)),
  }
}

export async function startAdapter(options: AdapterOptions = {}): Promise<Adapter> {
  const fake = options.fake ?? (await startFakeMessages(options))
  // By it the channel knows whose Mac it is.
  if (!options.fake) fake.owner.says(fake.person('+15550199').dm, 'from before')
  const folder = await createTempDirectory('imessage-adapter-')
  const accounts = options.accounts ?? join(folder.path, 'accounts')
  const memory = options.memory ?? createMemory()
  const session = new AbortController()
  const messages: InboundMessage[] = []
  const reactions: Reaction[] = []
  const healths: Health[] = []
  const lines: string[] = []
  let told = 0
  const config = parseConfig({
    IMESSAGE_DB_PATH: fake.database.path,
    IMESSAGE_TEST_PROGRAMS: fake.osascript.directory,
    ...options.env,
  })
  const platform = createImessage({
    config,
    assertUsable() {},
    directory: join(folder.path, 'state'),
    accounts,
    home: folder.path,
    log: createLog('imessage', (line) => void lines.push(line)),
    timing: options.timing ?? QUICK,
  })
  const ports: PlatformPorts = {
    async receive(message) {
      messages.push(message)
      return adapter.answer(message)
    },
    pressed: async () => {},
    async reacted(reaction) {
      reactions.push(reaction)
      return STORED
    },
    hears: async () => true,
    members: async () => options.members,
    commanded: async () => undefined,
    moved: () => {},
    health: (health) => void healths.push(health),
    memory,
  }
  const connection = await platform.start(ports, session.signal)
  let sends = 0
  let isClosed = false
  const close = async () => {
    if (isClosed) return
    isClosed = true
    await connection.close()
    session.abort()
  }
  const adapter: Adapter = {
    fake,
    platform,
    connection,
    messages,
    reactions,
    healths,
    lines,
    memory,
    answer: async () => STORED,
    async received(count) {
      await waitFor(() => messages.length >= count, { what: `${count} messages` })
      return messages
    },
    async settled() {
      const newest = () => Number(fake.database.all('SELECT max(ROWID) AS row FROM message')[0]?.['row'])
      const place = () => memory.values.get('messages') as { row: number } | undefined
      await waitFor(() => place()?.row === newest(), { what: 'everything to be read' })
    },
    async reaches(state) {
      const found = await waitFor(() => healths.slice(told).find((health) => health.state === state), {
        what: `health ${state}`,
      })
      told = healths.length
      return found
    },
    async send(chatId, text, { key, files = [], signal = session.signal } = {}) {
      sends += 1
      const message = { chatId, key: key ?? `send-${sends}`, text: { text, entities: [] }, files }
      await connection.send(message, signal)
    },
    async restart() {
      await close()
      return startAdapter({ ...options, fake, memory, accounts })
    },
    async [Symbol.asyncDispose]() {
      await close()
      await folder.remove()
      if (!options.fake) await fake.close()
    },
  }
  if (options.listens !== false) {
    connection.listen()
    await waitFor(() => healths.some(({ state }) => state === 'connected' || state === 'offline'), {
      what: 'the first look',
    })
  }
  return adapter
}

export function fileOf(name: string, bytes: Uint8Array): OutgoingFile {
  return {
    name,
    size: bytes.length,
    mime: 'application/octet-stream',
    async *read() {
      yield bytes
    },
  }
}
