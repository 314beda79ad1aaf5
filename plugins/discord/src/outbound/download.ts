/** Fetches a file of a message from where Discord says it lies, and from no other place. */
import type { Attachment, Download, FileReference, MessageTarget } from '@backchannel/channel/chat'
import type { APIAttachment, APIMessage } from '@discordjs/core/http-only'
import type { Call } from '../api/client.ts'
import { DiscordError, toPlatformError } from '../api/errors.ts'
import type { Config } from '../config.ts'
import { toAttachment } from '../inbound/kinds.ts'

export interface Files {
  /** Addresses that a message tells; they hold for a day. */
  seen(message: APIMessage): void
  /** @throws DiscordError */
  attachments(target: MessageTarget, signal: AbortSignal): Promise<readonly Attachment[]>
  /** @throws DiscordError */
  download(file: FileReference, signal: AbortSignal): Promise<Download>
}

const HOSTS: ReadonlySet<string> = new Set(['cdn.discordapp.com', 'media.discordapp.net'])
const MOST_KNOWN = 500

export function createFiles(call: Call, { apiRoot, token = '' }: Config): Files {
  const known = new Map<string, APIAttachment>()
  const keep = (files: readonly APIAttachment[]) => {
    for (const file of files) {
      known.delete(file.id)
      known.set(file.id, file)
      const [oldest] = known.keys()
      if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest)
    }
  }
  const look = async ({ chatId, messageId }: MessageTarget, signal: AbortSignal): Promise<readonly APIAttachment[]> => {
    const read = (api: Parameters<Parameters<Call>[0]>[0], ended: AbortSignal) =>
      api.channels.getMessage(chatId, messageId, { signal: ended })
    const files = filesOf(await call(read, { signal }))
    keep(files)
    return files
  }
  const fetchFrom = async ({ url, filename, content_type: mime, size }: APIAttachment, signal: AbortSignal) => {
    if (!isDiscord(url, apiRoot)) throw new DiscordError('the file lies where Discord keeps none', { kind: 'refused' })
    const response = await fetch(url, { signal, redirect: 'error' }).catch((thrown: unknown) => {
      throw toPlatformError(thrown, { token })
    })
    if (response.ok && response.body) {
      const type = mime === undefined ? {} : { mime }
      return { body: guard(response.body, token), name: filename, size, ...type }
    }
    await response.body?.cancel().catch(() => {})
    // An address that has grown old; a new one comes with the message.
    return response.status
  }
  return {
    seen: (message) => keep(filesOf(message)),
    attachments: async (target, signal) => (await look(target, signal)).map((file) => toAttachment(file)),
    async download({ fileId, chatId, messageId }, signal) {
      const cached = known.get(fileId)
      const first = cached && (await fetchFrom(cached, signal))
      if (typeof first === 'object') return first
      const target = chatId !== undefined && messageId !== undefined ? { chatId, messageId } : undefined
      const file = target && (await look(target, signal)).find(({ id }) => id === fileId)
      if (!file) throw new DiscordError('Discord has no such file any more', { kind: 'refused' })
      const second = await fetchFrom(file, signal)
      if (typeof second === 'object') return second
      throw new DiscordError(`Discord answered ${second} to the download`, { kind: 'refused' })
    },
  }
}

/** Those of a message that was passed on are in the copy. */
function filesOf({ attachments = [], message_snapshots: copies = [] }: APIMessage): readonly APIAttachment[] {
  return [...attachments, ...copies.flatMap(({ message }) => message.attachments ?? [])]
}

function isDiscord(address: string, apiRoot: string): boolean {
  if (!URL.canParse(address)) return false
  const url = new URL(address)
  return (url.protocol === 'https:' && HOSTS.has(url.hostname)) || url.host === new URL(apiRoot).host
}

/** What fails on the way fails in words of ours. */
async function* guard(body: AsyncIterable<Uint8Array>, token: string): AsyncIterable<Uint8Array> {
  try {
    yield* body
  } catch (thrown) {
    throw toPlatformError(thrown, { token })
  }
}
