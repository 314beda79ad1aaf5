/** What the fake Messages app knows beside its database: the owner, the account, the clock, who has which handle. */
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createDatabase, type MessagesDatabase } from './database/database.ts'

export type Service = 'iMessage' | 'SMS' | 'RCS'

export interface World {
  /** `~/Library/Messages`, as it were. */
  readonly directory: string
  readonly database: MessagesDatabase
  /** The owner's own addresses; the first is what new chats are started from. */
  readonly addresses: string[]
  /** As the `account` column has it: `E:ada@example.com`, `P:+15550100`. */
  account: string
  readonly accountGuid: string
  /** The first part of new chat ids: `any` on macOS 26, the service before. */
  readonly chatIds: 'any' | 'service'
  readonly chats: StoredChat[]
  /** Row ids by service and address. */
  readonly handles: Map<string, number>
  /** Milliseconds since 1970, never twice the same. */
  now(): number
}

export interface StoredChat {
  readonly rowId: number
  readonly guid: string
  readonly identifier: string
  readonly isGroup: boolean
  readonly service: Service
  /** The people in it, without the owner. */
  participants: string[]
  name: string | undefined
  /** What AppleScript calls it; undefined: Messages has it in no list, and `chat id` fails with -1728. */
  scriptId: string | undefined
}

export interface WorldOptions {
  readonly addresses: readonly string[]
  readonly account: string
  readonly chatIds: 'any' | 'service'
  readonly now: () => number
}

export function createWorld(directory: string, { addresses, account, chatIds, now }: WorldOptions): World {
  mkdirSync(join(directory, 'Attachments'), { recursive: true })
  let last = 0
  const chats: StoredChat[] = []
  const handles = new Map<string, number>()
  const forget = () => {
    chats.length = 0
    handles.clear()
  }
  return {
    directory,
    database: createDatabase(join(directory, 'chat.db'), forget),
    addresses: [...addresses],
    account: toAccount(account),
    accountGuid: randomUUID().toUpperCase(),
    chatIds,
    chats,
    handles,
    now() {
      last = Math.max(now(), last + 1)
      return last
    },
  }
}

export function toAccount(address: string): string {
  return `${address.includes('@') ? 'E' : 'P'}:${address}`
}

/** The row of a handle; one address has one for each service. */
export function handleRow({ database, handles }: World, address: string, service: Service): number {
  const key = `${service} ${address}`
  const known = handles.get(key)
  if (known !== undefined) return known
  const country = address.includes('@') ? null : 'us'
  const rowId = database.insert('handle', { id: address, country, service, uncanonicalized_id: null })
  handles.set(key, rowId)
  return rowId
}

export interface ChatOptions {
  readonly participants: readonly string[]
  readonly service?: Service
  readonly isGroup?: boolean
  readonly name?: string | undefined
  /** Of a group; default: one that is free. */
  readonly guid?: string | undefined
}

/** The direct chat with an address, or a new group. */
export function openChat(world: World, options: ChatOptions): StoredChat {
  const { participants, service = 'iMessage', isGroup = false, name } = options
  const free = `chat${String(world.chats.length + 1).padStart(2, '0')}${randomDigits()}`
  const identifier = isGroup ? (options.guid?.split(';')[2] ?? free) : participants[0]
  if (identifier === undefined) throw new Error('a chat needs somebody in it')
  const known = world.chats.find((chat) => !chat.isGroup && chat.identifier === identifier && chat.service === service)
  if (known && !isGroup) return known
  const prefix = world.chatIds === 'any' ? 'any' : service
  const wanted = options.guid ?? `${prefix};${isGroup ? '+' : '-'};${identifier}`
  // Where the id names no service, a second service of an address keeps the old form.
  const guid = world.chats.some((chat) => chat.guid === wanted) ? `${service};-;${identifier}` : wanted
  return world.database.transaction(() => {
    const rowId = world.database.insert('chat', {
      guid,
      style: isGroup ? 43 : 45,
      state: 3,
      account_id: world.accountGuid,
      chat_identifier: identifier,
      service_name: service,
      room_name: isGroup ? identifier : null,
      account_login: world.account,
      last_addressed_handle: world.addresses[0] ?? null,
      display_name: name ?? '',
      group_id: randomUUID().toUpperCase(),
      successful_query: 1,
    })
    for (const address of participants) {
      const handle = handleRow(world, address, service)
      world.database.insert('chat_handle_join', { chat_id: rowId, handle_id: handle })
    }
    // On macOS 26 the script's list has groups by their id, direct chats often not at all.
    const scriptId = prefix === 'any' && !isGroup ? undefined : guid
    const chat = { rowId, guid, identifier, isGroup, service, participants: [...participants], name, scriptId }
    world.chats.push(chat)
    return chat
  })
}

function randomDigits(): string {
  return String(Math.floor(Math.random() * 1e15)).padStart(15, '0')
}
