/** What somebody else does in Messages, as a test tells it: `bob.says(bob.dm, 'hello')`, `bob.reacts(message, 'love')`. */
import { openChat, type Service, type World } from '../state.ts'
import type { AttributedPart } from '../typedstream/attributed-body.ts'
import { type Author, editMessage, type Tapback, type TapbackOptions, unsendMessage, writeTapback } from './change.ts'
import { type Actor, type FakeChat, viewChat } from './chat.ts'
import type { FileContent } from './content.ts'
import { type FakeMessage, type WriteOptions, writeMessage } from './write.ts'

export interface SendOptions extends WriteOptions {
  /** Which of the owner's addresses it came to; default: the first. */
  readonly to?: string
}

export interface Person extends Actor {
  readonly isOwner: false
  /** The direct chat with the owner; it is in the database from here on. */
  readonly dm: FakeChat
  says(chat: FakeChat, words: string | readonly AttributedPart[], options?: SendOptions): FakeMessage
  /** A file, or several in one message, with words after them. */
  sends(
    chat: FakeChat,
    files: FileContent | readonly FileContent[],
    options?: SendOptions & { words?: string },
  ): FakeMessage
  reacts(message: FakeMessage, tapback: Tapback, options?: TapbackOptions): FakeMessage
  /** Changes the words of an own message; the row stays, its id too. */
  edits(message: FakeMessage, words: string): FakeMessage
  unsends(message: FakeMessage, options?: { readonly marks?: 'edited' | 'retracted' }): void
}

export function createPerson(world: World, address: string, service: Service): Person {
  const authorOf = ({ to }: SendOptions): Author => {
    return { isFromMe: false, handle: address, address: to ?? world.addresses[0] }
  }
  const says: Person['says'] = (chat, words, options = {}) => {
    return writeMessage(world, { ...options, ...authorOf(options), chat: chat.stored, words })
  }
  return {
    address,
    isOwner: false,
    get dm() {
      return viewChat(world, openChat(world, { participants: [address], service }))
    },
    says,
    sends(chat, files, { words = '', ...options } = {}) {
      return says(chat, words, { ...options, files: [files].flat() as FileContent[] })
    },
    reacts: (message, tapback, options = {}) => writeTapback(world, authorOf({}), message, tapback, options),
    edits: (message, words) => editMessage(world, message, words),
    unsends: (message, options = {}) => unsendMessage(world, message, options),
  }
}
