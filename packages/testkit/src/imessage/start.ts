/** Starts the fake Messages: a folder with a `chat.db` in it, the app that holds it open, and an `osascript` that talks to that app. */
import { join } from 'node:path'
import { createTempDirectory } from '../temp.ts'
import type { MessagesDatabase } from './database/database.ts'
import { type AppSettings, createApp, type FakeSent } from './osascript/app.ts'
import type { ScriptCall } from './osascript/call.ts'
import type { ScriptFaults } from './osascript/faults.ts'
import { writePrograms } from './osascript/program.ts'
import { startWire } from './osascript/wire.ts'
import { type FakeChat, type FakeGroup, viewChat, viewGroup } from './people/chat.ts'
import { type HistoryEntry, writeHistory } from './people/history.ts'
import { createOwner, type Owner } from './people/owner.ts'
import { createPerson, type Person } from './people/person.ts'
import { createWorld, openChat, type Service, toAccount } from './state.ts'

export interface MessagesOptions extends Partial<AppSettings> {
  /** The owner's own, several aliases; default one phone number and one e-mail address. */
  readonly addresses?: readonly string[]
  /** What the account is called; default: the owner's last address. */
  readonly account?: string
  /** How ids of new chats begin: `any` (macOS 26, default) or with the service (before). */
  readonly chatIds?: 'any' | 'service'
  /** Milliseconds since 1970; default: the system's clock. */
  readonly now?: () => number
}

export interface GroupOptions {
  /** Default: none, as groups often have. */
  readonly name?: string
  /** Beside the owner. */
  readonly members: readonly Person[]
  readonly service?: Service
  /** Default: one that is free. */
  readonly guid?: string
}

export interface FakeMessages extends AsyncDisposable {
  /** How the app behaves; may be changed at any time. */
  readonly settings: AppSettings
  /** What `~/Library/Messages` is on a Mac. */
  readonly directory: string
  readonly database: MessagesDatabase
  readonly owner: Owner
  person(address: string, service?: Service): Person
  group(options: GroupOptions): FakeGroup
  /** So many rows of every kind, at once; each with what a reader must find in it. */
  history(count: number): HistoryEntry[]
  /** Every chat there is, also those that a send by script opened. */
  readonly chats: readonly FakeChat[]
  /** Another address or account of the owner's comes up in what is written from now on. */
  signIn(address: string): void
  /** The program, in a folder that has a `sips` too and can go in front of `PATH`. */
  readonly osascript: { readonly path: string; readonly directory: string }
  /** Every run of it, in order. */
  readonly calls: readonly ScriptCall[]
  /** The different scripts it was given: a constant one for each thing that is done. */
  readonly scripts: readonly string[]
  /** What scripts sent, in order; of one chat by its guid. */
  sent(chat?: string): readonly FakeSent[]
  readonly faults: ScriptFaults
  /** Idempotent; deletes the folder. */
  close(): Promise<void>
}

/** State is kept as long as it runs; assertions are made on that state, not on what was called. */
export async function startFakeMessages(options: MessagesOptions = {}): Promise<FakeMessages> {
  const { addresses = ['+15550100', 'ada@example.com'], chatIds = 'any', now = Date.now } = options
  const account = options.account ?? addresses.at(-1) ?? ''
  const home = await createTempDirectory('backchannel-messages-')
  const world = createWorld(join(home.path, 'Messages'), { addresses, account, chatIds, now })
  const settings: AppSettings = {
    automation: options.automation ?? 'granted',
    isRunning: options.isRunning ?? true,
    rowDelay: options.rowDelay ?? 0,
    selfRows: options.selfRows ?? 'both',
    selfAddress: options.selfAddress,
    copyAddress: options.copyAddress,
    rewrite: options.rewrite,
  }
  const app = createApp(world, settings)
  const wire = await startWire(app.answer)
  const path = writePrograms(join(home.path, 'bin'), wire.port)
  const close = async () => {
    app.close()
    await wire.close()
    world.database.close()
    await home.remove()
  }
  return {
    settings,
    directory: world.directory,
    database: world.database,
    owner: createOwner(world, () => settings.selfRows),
    person: (address: string, service: Service = 'iMessage') => createPerson(world, address, service),
    group({ members, ...group }: GroupOptions) {
      const participants = members.map(({ address }) => address)
      return viewGroup(world, openChat(world, { ...group, participants, isGroup: true }))
    },
    history: (count: number) => writeHistory(world, count),
    get chats() {
      return world.chats.map((chat) => viewChat(world, chat))
    },
    signIn(address: string) {
      if (!world.addresses.includes(address)) world.addresses.push(address)
      world.account = toAccount(address)
    },
    osascript: { path, directory: join(home.path, 'bin') },
    calls: app.calls,
    get scripts() {
      return [...new Set(app.calls.map(({ script }) => script))]
    },
    sent: (chat?: string) => app.sent.filter((one) => chat === undefined || one.chat === chat),
    faults: app.faults,
    close,
    [Symbol.asyncDispose]: close,
  }
}
