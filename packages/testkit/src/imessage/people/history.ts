/** A long history at once: every form of body, every kind of row, in direct chats, groups and the owner's own. */
import { openChat, type StoredChat, type World } from '../state.ts'
import { type AttributedPart, LINK, PART } from '../typedstream/attributed-body.ts'
import { editMessage, type Tapback, unsendMessage, writeTapback } from './change.ts'
import * as content from './content.ts'
import { type FakeMessage, type WriteOptions, writeMessage } from './write.ts'

export interface HistoryEntry {
  readonly kind: HistoryKind
  readonly message: FakeMessage
  /** What a reader must find; undefined for rows that have no words of their own: unsent ones, reactions, events. */
  readonly text: string | undefined
  /** Of an edited one, what it was at each time before. */
  readonly earlier?: readonly string[]
  readonly mentions?: readonly string[]
  readonly links?: readonly string[]
  /** Names of its files, in order. */
  readonly files?: readonly string[]
}

export type HistoryKind =
  | 'short'
  | 'long'
  | 'very-long'
  | 'emoji'
  | 'text-only'
  | 'both'
  | 'mutable'
  | 'mention'
  | 'link'
  | 'reply'
  | 'edited'
  | 'unsent'
  | 'tapback'
  | 'file'
  | 'files-and-words'
  | 'voice'
  | 'pending-file'
  | 'subject'

interface Author {
  readonly isFromMe: boolean
  readonly handle: string | undefined
  readonly address: string | undefined
}

/** What each kind writes. All of it follows from the number of the row, so two histories of one length are the same but for their ids. */
type WriteKind = (scene: Scene) => HistoryEntry

interface Scene {
  readonly world: World
  readonly number: number
  readonly chat: StoredChat
  readonly author: Author
  readonly earlier: FakeMessage | undefined
  write(words: string | readonly AttributedPart[], options?: WriteOptions): FakeMessage
}

const words = (number: number): string => `Row ${number}: ${PHRASES[number % PHRASES.length]}`
const PHRASES = [
  'the build is green',
  'déjà vu — 日本語',
  'שלום 👋🏽',
  'a\nb\tc',
  '👩‍💻 pushes',
  '“quoted” and it’s fine',
  '1+1=2 NSString +',
] as const
const TAPBACKS: readonly Tapback[] = [
  'love',
  'like',
  'dislike',
  'laugh',
  'emphasize',
  'question',
  { emoji: '🦀' },
  'sticker',
]
const STICKER = [content.sticker(undefined, { isMissing: true })]
/** Lengths on both sides of each border between the classes of length, in bytes. */
const LONG = [126, 127, 128, 129, 200, 255, 256, 300, 1000, 5000] as const
const VERY_LONG = [32_767, 32_768, 40_000, 65_535, 65_536, 70_000] as const

function plain(kind: HistoryKind, text: string, options?: WriteOptions): WriteKind {
  return ({ number, write }) => {
    const whole = text || words(number)
    return { kind, message: write(whole, options), text: whole }
  }
}

function sized(kind: HistoryKind, sizes: readonly number[]): WriteKind {
  return (scene) => plain(kind, 'x'.repeat(sizes[scene.number % sizes.length] ?? 0))(scene)
}

const KINDS: Readonly<Record<HistoryKind, WriteKind>> = {
  short: plain('short', ''),
  long: sized('long', LONG),
  'very-long': sized('very-long', VERY_LONG),
  emoji: (scene) => plain('emoji', '🎉'.repeat(1 + (scene.number % 80)))(scene),
  'text-only': plain('text-only', '', { body: 'text' }),
  both: plain('both', '', { body: 'both' }),
  mutable: plain('mutable', '', { isMutable: true }),
  subject: plain('subject', '', { extra: { subject: 'About it' } }),
  mention({ number, write }) {
    const address = `+1555${String(number).padStart(7, '0')}`
    const message = write(content.mentioning('hi ', { '@Bob': address }, `, row ${number}`))
    return { kind: 'mention', message, text: message.text, mentions: [address] }
  },
  link({ number, write }) {
    const url = new URL(`https://example.com/${number}`)
    const message = write([
      { text: 'see ', attributes: { [PART]: 0 } },
      { text: url.href, attributes: { [PART]: 0, [LINK]: url } },
    ])
    return { kind: 'link', message, text: `see ${url.href}`, links: [url.href] }
  },
  reply({ number, earlier, write }) {
    const text = `answer in row ${number}`
    return { kind: 'reply', message: write(text, earlier ? { replyTo: earlier } : {}), text }
  },
  edited({ world, number, write }) {
    const [first, second, last] = [`row ${number} at first`, `row ${number} then`, words(number)]
    const message = write(first)
    editMessage(world, message, second)
    return { kind: 'edited', message: editMessage(world, message, last), text: last, earlier: [first, second] }
  },
  unsent({ world, number, write }) {
    const message = write(`row ${number}, taken back`)
    unsendMessage(world, message, { marks: number % 2 === 0 ? 'edited' : 'retracted' })
    return { kind: 'unsent', message, text: undefined }
  },
  tapback({ world, number, author, earlier, write }) {
    const target = earlier ?? write('something to react to')
    const tapback = TAPBACKS[number % TAPBACKS.length] ?? 'love'
    const isRemoved = number % 3 === 0
    return {
      kind: 'tapback',
      message: writeTapback(world, author, target, tapback, { isRemoved, files: STICKER }),
      text: undefined,
    }
  },
  file: withFiles('file', '', [content.photo(undefined, { isMissing: true })]),
  'files-and-words': withFiles('files-and-words', 'both of them', [
    content.document(undefined, { isMissing: true }),
    content.contact(undefined, { isMissing: true }),
  ]),
  voice: withFiles('voice', '', [content.voice(undefined, { isMissing: true })]),
  'pending-file': withFiles('pending-file', '', [content.photo(undefined, { isPending: true })]),
}

function withFiles(kind: HistoryKind, text: string, files: readonly content.FileContent[]): WriteKind {
  return ({ write }) => {
    const message = write(text, { files })
    return { kind, message, text: message.text, files: files.map(({ name }) => name) }
  }
}

/** Every 1,000th row is tens of kilobytes long; the other kinds take turns. */
export function writeHistory(world: World, count: number): HistoryEntry[] {
  const own = world.addresses[0] ?? ''
  const people = ['+15550190', '+15550191', 'carol@example.com']
  const turns = (Object.keys(KINDS) as HistoryKind[]).filter((kind) => kind !== 'very-long')
  return world.database.transaction(() => {
    const chats = [
      ...people.map((address) => openChat(world, { participants: [address] })),
      openChat(world, { participants: people, isGroup: true, name: 'History' }),
      openChat(world, { participants: [own] }),
    ]
    const last = new Map<StoredChat, FakeMessage>()
    return Array.from({ length: count }, (_, number) => {
      const chat = chats[Math.floor(number / turns.length) % chats.length] ?? openChat(world, { participants: [own] })
      const isFromMe = number % 4 === 3
      const handle = chat.isGroup ? people[number % people.length] : chat.identifier
      const author = { isFromMe, handle: isFromMe && chat.identifier !== own ? undefined : handle, address: own }
      const write: Scene['write'] = (text, options = {}) =>
        writeMessage(world, { ...options, ...author, chat, words: text })
      const kind = number % 1000 === 999 ? 'very-long' : (turns[number % turns.length] ?? 'short')
      const entry = KINDS[kind]({ world, number, chat, author, earlier: last.get(chat), write })
      if (entry.text !== undefined) last.set(chat, entry.message)
      return entry
    })
  })
}
