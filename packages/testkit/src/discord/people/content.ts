/** What people send beside words: `ada.sends(channel, { files: [file(bytes, 'a.pdf')] })`. */
import type { APIAttachment, APIMessage } from 'discord-api-types/v10'
import type { StoredFile } from '../state/cdn.ts'
import type { StoredChannel, World } from '../state/world.ts'

/** A file, once it is in a channel. */
export type NewFile = (world: World, channel: StoredChannel) => StoredFile

export interface FileOptions {
  readonly mime?: string
  /** What Discord says the file weighs, where that is not the length of `bytes`. */
  readonly size?: number
  readonly description?: string
  /** Fields on top: `width`, `height`, `duration_secs`, `waveform`, `flags`. */
  readonly extra?: Partial<APIAttachment>
}

/** @param name is kept as it is, so that hostile ones can be tried */
export function file(bytes: Uint8Array, name: string, options: FileOptions = {}): NewFile {
  const { mime, size = bytes.length, description, extra } = options
  return (world, channel) =>
    world.cdn.add({
      id: world.ids.next(),
      channelId: channel.id,
      name,
      bytes,
      size,
      mime,
      isEphemeral: false,
      ...(description === undefined ? {} : { description }),
      ...(extra ? { extra } : {}),
    })
}

/** Stickers, by name. */
export function stickers(...names: readonly string[]): Partial<APIMessage> {
  return {
    sticker_items: names.map((name, at) => ({
      id: String(749_000_000_000_000_000n + BigInt(at)),
      name,
      format_type: 1,
    })),
  }
}

export function poll(question: string, answers: readonly string[]): Partial<APIMessage> {
  const options = answers.map((text, at) => ({ answer_id: at + 1, poll_media: { text } }))
  const more = { expiry: '2030-01-01T00:00:00.000Z', allow_multiselect: false, layout_type: 1 }
  return { poll: { question: { text: question }, answers: options, ...more } }
}
