/** Messages.app as scripts meet it: who may talk to it, which chats it knows, and the rows that a send writes. */
import { readFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import type { FileContent } from '../people/content.ts'
import { isSelfChat, ownRows, type SelfRows } from '../people/owner.ts'
import { type FakeMessage, writeMessage } from '../people/write.ts'
import { openChat, type StoredChat, type World } from '../state.ts'
import { recognise, type ScriptAction, type ScriptCall } from './call.ts'
import { createFaults, type FaultQueue, type ScriptFaultKind } from './faults.ts'
import type { ScriptAnswer } from './wire.ts'

/** A send that Messages took, and the rows that came of it; without words there is a file. */
export interface FakeSent {
  readonly chat: string
  readonly text: string
  readonly file: { readonly path: string; readonly name: string; readonly size: number } | undefined
  readonly rows: readonly FakeMessage[]
}

export interface AppSettings {
  /** Automation: granted, denied (-1743), or a dialog that nobody has answered yet. */
  automation: 'granted' | 'denied' | 'asking'
  /** A Messages that is not there answers -600. */
  isRunning: boolean
  /** Milliseconds from the answer to the first row, and from one row to the next. */
  rowDelay: number
  selfRows: SelfRows
  /** Under which own address messages to oneself appear, whatever they were sent to; undefined: under that one. */
  selfAddress: string | undefined
  /** Under which own address the received row of those appears; undefined: under the same one. */
  copyAddress: string | undefined
  /** What Messages makes of a text before it stores it, such as curly quotes. */
  rewrite: ((text: string) => string) | undefined
}

export interface App {
  readonly faults: FaultQueue
  /** Every run of osascript, in order. */
  readonly calls: ScriptCall[]
  readonly sent: FakeSent[]
  answer(call: ScriptCall, gone: AbortSignal): Promise<ScriptAnswer | undefined>
  /** Nothing is written from here on. */
  close(): void
}

export function createApp(world: World, settings: AppSettings): App {
  const faults = createFaults()
  const calls: ScriptCall[] = []
  const sent: FakeSent[] = []
  const timers = new Set<NodeJS.Timeout>()
  let isClosed = false

  const later = (writes: readonly (() => void)[]): void => {
    const [first, ...rest] = writes
    if (!first || isClosed) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      first()
      later(rest)
    }, settings.rowDelay)
    timers.add(timer)
  }

  const send = (
    chat: StoredChat,
    { what }: ScriptAction & { kind: 'send' },
    [given = '']: readonly string[],
    gone: AbortSignal,
  ) => {
    const file = what === 'file' ? readFile(given) : undefined
    const text = file ? '' : what === 'text' ? given : readFileSync(given, 'utf8')
    const fault = faults.take(file?.name ?? text, chat.guid)
    const refused = fault && REFUSALS[fault]
    if (refused) return Promise.resolve(failure(refused(chat)))
    if (fault === 'hang') return hang(gone)
    const { selfAddress, rewrite = (words: string) => words } = settings
    const place =
      selfAddress !== undefined && isSelfChat(world, chat) ? openChat(world, { participants: [selfAddress] }) : chat
    const rows: FakeMessage[] = []
    const kept = file && { path: given, name: file.name, size: file.bytes.length }
    sent.push({ chat: chat.guid, text, file: kept, rows })
    const writes = rowsOf(world, place, file ?? rewrite(text), settings, fault)
    later(writes.map((write) => () => void rows.push(write())))
    if (fault === 'sent-then-hang') return hang(gone)
    if (fault === 'sent-then-crash') return Promise.resolve(undefined)
    if (fault === 'sent-then-timeout') return Promise.resolve(failure('AppleEvent timed out.', -1712))
    return Promise.resolve({ status: 0 })
  }

  const act = (action: ScriptAction, args: readonly string[], gone: AbortSignal): Promise<ScriptAnswer | undefined> => {
    const known = (id: string | undefined) =>
      world.chats.find(({ scriptId }) => scriptId !== undefined && scriptId === id)
    if (action.kind === 'send') {
      const target = args[1] ?? ''
      const chat = action.by === 'chat' ? known(target) : findParticipant(world, target)
      return chat ? send(chat, action, args, gone) : Promise.resolve(failure(cantGet(action.by, target)))
    }
    const ids = world.chats.flatMap(({ scriptId }) => scriptId ?? [])
    const out = { 'list-chats': ids.join(', '), 'chat-exists': String(known(args[0]) !== undefined), probe: '1' }[
      action.kind
    ]
    return Promise.resolve({ status: 0, out })
  }

  return {
    faults,
    calls,
    sent,
    async answer(call, gone) {
      calls.push(call)
      let action: ScriptAction
      try {
        action = recognise(call)
      } catch (thrown) {
        return { status: 1, problem: (thrown as Error).message }
      }
      if (settings.automation === 'denied') {
        return { status: 1, problem: '0:0: execution error: Not authorized to send Apple events to Messages. (-1743)' }
      }
      if (settings.automation === 'asking') return hang(gone)
      if (!settings.isRunning) return failure('Application isn’t running.', -600)
      try {
        return await act(action, call.args, gone)
      } catch (thrown) {
        return failure((thrown as Error).message, -10000)
      }
    },
    close() {
      isClosed = true
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

const REFUSALS: Partial<Record<ScriptFaultKind, (chat: StoredChat) => string>> = {
  'not-found': ({ guid }) => cantGet('chat', guid),
  'not-running': () => 'Application isn’t running. (-600)',
  timeout: () => 'AppleEvent timed out. (-1712)',
}

function cantGet(by: 'chat' | 'participant', target: string): string {
  return by === 'chat' ? `Can’t get chat id "${target}". (-1728)` : `Can’t get participant "${target}". (-1728)`
}

function failure(words: string, code?: number): ScriptAnswer {
  const number = code === undefined ? '' : ` (${code})`
  return { status: 1, problem: `0:0: execution error: Messages got an error: ${words}${number}` }
}

function hang(gone: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (gone.aborted) resolve(undefined)
    gone.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

/** A participant is an address; whoever was never written to gets a chat. */
function findParticipant(world: World, address: string): StoredChat | undefined {
  if (!/^\+?\d{3,}$|^[^\s@;]+@[^\s@;]+$/.test(address)) return undefined
  const direct = world.chats.filter(({ isGroup, identifier }) => !isGroup && identifier === address)
  return (
    direct.find(({ service }) => service === 'iMessage') ?? direct[0] ?? openChat(world, { participants: [address] })
  )
}

function rowsOf(
  world: World,
  chat: StoredChat,
  what: FileContent | string,
  { selfRows: rows, copyAddress }: AppSettings,
  fault: ScriptFaultKind | undefined,
): (() => FakeMessage)[] {
  if (fault === 'no-row') return []
  if (fault === 'ghost') {
    const draft = { chat: { ...chat, service: 'SMS' as const }, words: '', isUnjoined: true, isFromMe: true }
    return [() => writeMessage(world, { ...draft, handle: chat.identifier, address: world.addresses[0] })]
  }
  const extra = fault === 'not-sent' ? { error: 22, is_sent: 0, is_delivered: 0 } : {}
  const [words, files] = typeof what === 'string' ? [what, []] : ['', [what]]
  const all = ownRows(world, chat, words, { rows, copyAddress, files, extra })
  // What was not sent is not received.
  return fault === 'not-sent' ? all.slice(0, 1) : all
}

const MIME: Readonly<Record<string, string>> = {
  '.heic': 'image/heic',
  '.jpg': 'image/jpeg',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.txt': 'text/plain',
}

function readFile(path: string): FileContent {
  const extension = extname(path).toLowerCase()
  return { name: basename(path), mime: MIME[extension] ?? null, uti: 'public.data', bytes: readFileSync(path) }
}
