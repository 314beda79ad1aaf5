/** What the owner does, on this Mac or on another device, and what a message to oneself really makes: two rows, or one. */
import { openChat, type StoredChat, type World } from '../state.ts'
import type { AttributedPart } from '../typedstream/attributed-body.ts'
import { editMessage, type Tapback, type TapbackOptions, unsendMessage, writeTapback } from './change.ts'
import { type Actor, type FakeChat, viewChat } from './chat.ts'
import type { FileContent } from './content.ts'
import { type FakeMessage, type WriteOptions, writeMessage } from './write.ts'

/**
 * The rows of a message to oneself, as Macs were seen to write them:
 * - `both`: one of `is_from_me` 1, and the same words again with 0, under another guid;
 * - `sent`: only the first, as from another device, and on some Macs always;
 * - `received`: only the second;
 * - `receipt`: both, the first without words;
 * - `reversed`: both, the received one first.
 */
export type SelfRows = 'both' | 'sent' | 'received' | 'receipt' | 'reversed'

export interface OwnerOptions extends WriteOptions {
  /** Default: what `selfRows` of the start says. */
  readonly rows?: SelfRows
  /** Which of the own addresses it goes from; default: the first. */
  readonly from?: string
  /** The received row is in the chat under this other own address, as some Macs write it. */
  readonly copyAddress?: string | undefined
}

export interface Owner extends Actor {
  readonly isOwner: true
  readonly addresses: readonly string[]
  /** The chat with oneself under one of the own addresses; default: the first. It is in the database from here on. */
  selfChat(address?: string): FakeChat
  /** @returns the rows that were written, in a chat with others always one. */
  says(chat: FakeChat, words: string | readonly AttributedPart[], options?: OwnerOptions): FakeMessage[]
  sends(
    chat: FakeChat,
    files: FileContent | readonly FileContent[],
    options?: OwnerOptions & { words?: string },
  ): FakeMessage[]
  reacts(message: FakeMessage, tapback: Tapback, options?: TapbackOptions): FakeMessage
  edits(message: FakeMessage, words: string): FakeMessage
  unsends(message: FakeMessage, options?: { readonly marks?: 'edited' | 'retracted' }): void
}

export function isSelfChat(world: World, { isGroup, identifier }: StoredChat): boolean {
  return !isGroup && world.addresses.includes(identifier)
}

/** One function a row, in order: whoever sends by script lets time pass between them. */
export function ownRows(
  world: World,
  chat: StoredChat,
  words: string | readonly AttributedPart[],
  { rows = 'both', from = world.addresses[0], copyAddress, ...options }: OwnerOptions,
): (() => FakeMessage)[] {
  const isSelf = isSelfChat(world, chat)
  const write = (isFromMe: boolean, content: string | readonly AttributedPart[]) => () => {
    const isElsewhere = isSelf && !isFromMe && copyAddress !== undefined
    const place = isElsewhere ? openChat(world, { participants: [copyAddress] }) : chat
    const handle = isSelf ? place.identifier : undefined
    return writeMessage(world, { ...options, chat: place, words: content, isFromMe, handle, address: from })
  }
  const sent = write(true, isSelf && rows === 'receipt' ? '' : words)
  const received = write(false, words)
  if (!isSelf || rows === 'sent') return [sent]
  if (rows === 'received') return [received]
  return rows === 'reversed' ? [received, sent] : [sent, received]
}

export function createOwner(world: World, selfRows: () => SelfRows): Owner {
  const [address] = world.addresses
  if (address === undefined) throw new Error('the owner needs an address')
  const author = { isFromMe: true, handle: undefined, address }
  const says: Owner['says'] = (chat, words, options = {}) =>
    ownRows(world, chat.stored, words, { rows: selfRows(), ...options }).map((write) => write())
  return {
    address,
    isOwner: true,
    addresses: world.addresses,
    selfChat: (own = address) => viewChat(world, openChat(world, { participants: [own] })),
    says,
    sends(chat, files, { words = '', ...options } = {}) {
      return says(chat, words, { ...options, files: [files].flat() as FileContent[] })
    },
    reacts: (message, tapback, options = {}) => writeTapback(world, author, message, tapback, options),
    edits: (message, words) => editMessage(world, message, words),
    unsends: (message, options = {}) => unsendMessage(world, message, options),
  }
}
