/** A Messages on loopback: a real `chat.db`, people to act in it, an `osascript` that sends, faults on demand. Needs no vitest. */

export type { MessagesDatabase, Row } from './database/database.ts'
export { toAppleSeconds, toAppleTime } from './database/dates.ts'
export { encodePropertyList, type PropertyValue } from './database/property-list.ts'
export type { AppSettings, FakeSent } from './osascript/app.ts'
export type { ScriptCall } from './osascript/call.ts'
export type { ScriptFault, ScriptFaultKind, ScriptFaults } from './osascript/faults.ts'
export type { Tapback, TapbackOptions } from './people/change.ts'
export type { Actor, FakeChat, FakeGroup } from './people/chat.ts'
export type { FileContent } from './people/content.ts'
export * as content from './people/content.ts'
export type { HistoryEntry, HistoryKind } from './people/history.ts'
export type { Owner, OwnerOptions, SelfRows } from './people/owner.ts'
export type { Person, SendOptions } from './people/person.ts'
export type { FakeMessage, WriteOptions } from './people/write.ts'
export { type FakeMessages, type GroupOptions, type MessagesOptions, startFakeMessages } from './start.ts'
export type { Service } from './state.ts'
export {
  type AttributedPart,
  type AttributeValue,
  encodeAttributedBody,
  LINK,
  MENTION,
  PART,
  TRANSFER,
} from './typedstream/attributed-body.ts'
