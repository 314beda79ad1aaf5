/** A chat as a test looks at it, and a group as somebody changes it. */
import { handleRow, type Service, type StoredChat, type World } from '../state.ts'
import { type FakeMessage, writeMessage } from './write.ts'

/** One who can act: an address, or the owner. */
export interface Actor {
  readonly address: string
  readonly isOwner: boolean
}

export interface FakeChat {
  readonly guid: string
  readonly isGroup: boolean
  readonly service: Service
  /** The row ids of what is in it, oldest first. */
  readonly rowIds: readonly number[]
  /** What AppleScript calls it; undefined: it is in no list of Messages, and `chat id` fails with -1728. */
  scriptId: string | undefined
  readonly stored: StoredChat
}

export function viewChat(world: World, stored: StoredChat): FakeChat {
  return {
    stored,
    guid: stored.guid,
    isGroup: stored.isGroup,
    service: stored.service,
    get rowIds() {
      const rows = world.database.all(
        'SELECT message_id AS id FROM chat_message_join WHERE chat_id = ? ORDER BY message_id',
        stored.rowId,
      )
      return rows.map(({ id }) => Number(id))
    },
    get scriptId() {
      return stored.scriptId
    },
    set scriptId(id) {
      stored.scriptId = id
    },
  }
}

export interface FakeGroup extends FakeChat {
  renames(by: Actor, name: string | undefined): FakeMessage
  adds(by: Actor, added: Actor): FakeMessage
  removes(by: Actor, removed: Actor): FakeMessage
  leaves(who: Actor): FakeMessage
}

/** Kinds of rows that are no words: `item_type` and `group_action_type`. */
const ADDED = { item_type: 1, group_action_type: 0 }
const REMOVED = { item_type: 1, group_action_type: 1 }
const RENAMED = { item_type: 2, group_action_type: 0 }
const LEFT = { item_type: 3, group_action_type: 0 }

export function viewGroup(world: World, stored: StoredChat): FakeGroup {
  const { database } = world
  const event = (by: Actor, extra: Readonly<Record<string, string | number | null>>): FakeMessage =>
    writeMessage(world, {
      chat: stored,
      words: '',
      isFromMe: by.isOwner,
      handle: by.isOwner ? undefined : by.address,
      address: world.addresses[0],
      extra,
    })
  const joinRow = (address: string) => handleRow(world, address, stored.service)
  const drop = (address: string) => {
    stored.participants = stored.participants.filter((one) => one !== address)
    database.run('DELETE FROM chat_handle_join WHERE chat_id = ? AND handle_id = ?', stored.rowId, joinRow(address))
  }
  return Object.assign(viewChat(world, stored), {
    renames(by: Actor, name: string | undefined) {
      return database.transaction(() => {
        stored.name = name
        database.run('UPDATE chat SET display_name = ? WHERE ROWID = ?', name ?? '', stored.rowId)
        return event(by, { ...RENAMED, group_title: name ?? null })
      })
    },
    adds(by: Actor, added: Actor) {
      return database.transaction(() => {
        stored.participants.push(added.address)
        database.insert('chat_handle_join', { chat_id: stored.rowId, handle_id: joinRow(added.address) })
        return event(by, { ...ADDED, other_handle: joinRow(added.address) })
      })
    },
    removes(by: Actor, removed: Actor) {
      return database.transaction(() => {
        drop(removed.address)
        return event(by, { ...REMOVED, other_handle: joinRow(removed.address) })
      })
    },
    leaves(who: Actor) {
      return database.transaction(() => {
        if (!who.isOwner) drop(who.address)
        return event(who, LEFT)
      })
    },
  })
}
