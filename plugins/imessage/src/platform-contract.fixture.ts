/** A Messages of the test kit as the suite for chat platforms wants it. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openDatabase } from '@backchannel/channel/database'
import {
  content,
  type FakeChat,
  type FakeMessage,
  type FakeMessages,
  startFakeMessages,
} from '@backchannel/testkit/imessage'
import type { FakeFault, FakePeople, FakePerson, FakePlatform, FakeWrite } from '@backchannel/testkit/platform-contract'

export const PNG: Buffer = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAYAAAC56t6BAAAAEUlEQVR4nGP8z8DwnwEJMCJzAD3hAwHJCGQhAAAAAElFTkSuQmCC',
  'base64',
)

const person = (id: string): FakePerson => ({ id, chat: `any;-;${id}` })
const GROUP = 'any;+;chat1234567'
/** A message of the owner with a picture, from before. */
export const PICTURE = 'PICTURE-FROM-BEFORE'

export const PEOPLE: FakePeople = {
  owner: person('+15550100'),
  friend: person('+15550101'),
  stranger: person('+15550102'),
  bot: person('urn:biz:1234'),
  group: GROUP,
}

export interface MessagesPlatform extends FakePlatform {
  readonly messages: FakeMessages
  /** The channel's state directory, once there is one. */
  directory: string
}

export async function startPlatform(): Promise<MessagesPlatform> {
  const messages = await startFakeMessages()
  const { owner } = messages
  const people = new Map(
    [PEOPLE.friend, PEOPLE.stranger, PEOPLE.bot].map(({ id }) => [id, messages.person(id)] as const),
  )
  const friend = messages.person(PEOPLE.friend.id)
  const group = messages.group({ members: [...people.values()], name: 'Team' })
  rename(messages, group, GROUP)
  // From before: whose Mac it is, and something to be changed later.
  owner.says(friend.dm, 'an old message')
  const old = new Map<string, FakeMessage>()
  for (const one of people.values()) old.set(one.address, one.says(one.dm, 'an old message'))
  const own = owner.selfChat()
  owner.sends(own, content.picture(PNG), { rows: 'sent', extra: { guid: PICTURE } })
  const written = new Map<string, { readonly message: FakeMessage; readonly by: string }>()
  const held = new Set<string>()

  const chatOf = (id: string): FakeChat => {
    if (id === GROUP) return group
    if (id === own.guid) return own
    const found = [...people.values()].find(({ dm }) => dm.guid === id)
    if (!found) throw new Error(`there is no chat ${id}`)
    return found.dm
  }
  const write = ({ chat, sender, text, mentions, photo, replyTo }: FakeWrite): FakeMessage => {
    const said = mentions ? content.mentioning({ [text]: owner.address }) : text
    const rows = messages.sent(chat).flatMap((sent) => sent.rows)
    const original = rows.find(({ guid }) => guid === replyTo)
    const [first] = sayAs(sender.id, chatOf(chat), said, { photo, ...(original ? { replyTo: original } : {}) })
    if (!first) throw new Error('nothing was written')
    written.set(first.guid, { message: first, by: sender.id })
    return first
  }
  const sayAs = (
    id: string,
    chat: FakeChat,
    words: string | ReturnType<typeof content.mentioning>,
    { photo, ...options }: { readonly photo?: string | undefined; readonly replyTo?: FakeMessage },
  ) => {
    const who = id === owner.address ? owner : people.get(id)
    if (!who) throw new Error(`there is no person ${id}`)
    if (photo === undefined) return [who.says(chat, words, options)].flat()
    const file = content.picture(PNG, { name: `${photo}.png`, isPending: held.has(photo) })
    return [who.sends(chat, file, { ...options, words: String(words) })].flat()
  }

  const platform: MessagesPlatform = {
    messages,
    directory: '',
    write: async (message) => write(message).guid,
    async edit({ id, sender, text }) {
      const message = written.get(id)?.message ?? old.get(sender.id)
      const who = sender.id === owner.address ? owner : people.get(sender.id)
      if (message) who?.edits(message, text)
    },
    press: () => Promise.reject(new Error('Messages has no buttons')),
    // Messages has taken it before its row is there, by which a reply knows it.
    sent: (chat) =>
      messages.sent(chat).flatMap(({ text, file, rows: [first] }) => {
        const files = file ? [{ name: file.name, size: file.size }] : []
        return first ? [{ id: first.guid, text, files, buttons: [] }] : []
      }),
    reactions: () => [],
    typed: () => 0,
    isConfirmed(id) {
      const row = written.get(id)?.message.rowId
      const place = readPlace(platform.directory)
      return row !== undefined && place !== undefined && place.row >= row && !place.waiting.includes(row)
    },
    fail: (fault) => fail(messages, fault),
    holdDownload(file) {
      held.add(file)
      return () => {
        held.delete(file)
        const rows = messages.database.all('SELECT filename FROM attachment WHERE transfer_name = ?', `${file}.png`)
        for (const { filename } of rows) putFile(String(filename))
      }
    },
    receivers: () => (readPlace(platform.directory) ? holders(platform.directory) : 0),
    conflicts: () => 0,
    close: () => messages.close(),
  }
  return platform
}

/** The suite names its group before there is one. */
function rename({ database }: FakeMessages, { stored }: FakeChat, guid: string): void {
  const identifier = guid.split(';')[2] ?? guid
  database.run('UPDATE chat SET guid = ?, chat_identifier = ? WHERE ROWID = ?', guid, identifier, stored.rowId)
  Object.assign(stored, { guid, identifier, scriptId: guid })
}

function putFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, PNG)
}

/** How far the channel has read, as it keeps it for the next process: what it will not read again. */
export function readPlace(
  directory: string,
): { readonly row: number; readonly waiting: readonly number[] } | undefined {
  if (directory === '') return undefined
  const places = readdirSync(directory)
    .filter((name) => /^journal(?:-\d+)?\.db$/.test(name))
    .flatMap((name) => readMemory(join(directory, name)))
  return places.sort((a, b) => b.row - a.row)[0]
}

function readMemory(file: string): { row: number; waiting: number[] }[] {
  const database = openDatabase(file, { readOnly: true })
  try {
    const rows = database.prepare("SELECT value FROM memory WHERE name = 'messages'").all()
    return rows.map(({ value }) => {
      const { row, waiting } = JSON.parse(String(value))
      return { row, waiting: waiting.map((one: { row: number }) => one.row) }
    })
  } catch {
    return []
  } finally {
    database.close()
  }
}

/** Processes that hold the lock of the account, as the kernel has it. */
function holders(directory: string): number {
  const { ino } = statSync(join(directory, 'account.lock'), { throwIfNoEntry: false }) ?? { ino: 0 }
  const lines = readFileSync('/proc/locks', 'utf8').split('\n')
  const pids = lines.filter((line) => line.includes(`:${ino} `)).map((line) => line.trim().split(/\s+/)[4])
  return new Set(pids).size
}

function fail({ faults, database }: FakeMessages, fault: FakeFault): void {
  const kinds = { 'lose-answer': 'sent-then-crash', hang: 'sent-then-hang', refuse: 'not-found' } as const
  if (fault.kind === 'break-receiving') database.replace()
  // Messages has no word to wait; one that is not there yet is the nearest to it.
  else if (fault.kind === 'throttle') faults.add({ kind: 'not-running', chat: fault.chat })
  else faults.add(kinds[fault.kind])
}
