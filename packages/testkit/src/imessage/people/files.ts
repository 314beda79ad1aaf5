/** Files of messages: their rows, and the files themselves where Messages keeps what it received. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { toAppleTime } from '../database/dates.ts'
import type { World } from '../state.ts'
import type { FileContent } from './content.ts'

/** A file of a message; the guid is what its body names it by. */
export interface MessageFile {
  readonly guid: string
  readonly content: FileContent
}

export function attachFile(world: World, messageId: number, { guid, content }: MessageFile, isOutgoing: boolean): void {
  const { name, mime, uti, bytes, isSticker = false, isPending = false, isMissing = false } = content
  if (!isPending && !isMissing) putFile(world, guid, content)
  const attachmentId = world.database.insert('attachment', {
    guid,
    original_guid: guid,
    created_date: toAppleTime(world.now()) / 1_000_000_000n,
    filename: pathOf(world, guid, name).replace(`${homedir()}/`, '~/'),
    uti,
    mime_type: mime,
    transfer_state: isPending ? 0 : 5,
    is_outgoing: isOutgoing ? 1 : 0,
    transfer_name: name,
    total_bytes: bytes.length,
    is_sticker: isSticker ? 1 : 0,
  })
  world.database.insert('message_attachment_join', { message_id: messageId, attachment_id: attachmentId })
}

/** What was still in the cloud is here now. */
export function arriveFile(world: World, { guid, content }: MessageFile): void {
  putFile(world, guid, content)
  world.database.run('UPDATE attachment SET transfer_state = 5 WHERE guid = ?', guid)
}

function putFile(world: World, guid: string, { name, bytes }: FileContent): void {
  const path = pathOf(world, guid, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
}

function pathOf({ directory }: World, guid: string, name: string): string {
  return join(directory, 'Attachments', guid.slice(-2).toLowerCase(), '00', guid, name)
}
