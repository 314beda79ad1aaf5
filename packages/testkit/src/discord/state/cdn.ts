/** Attachments and where they are downloaded: addresses with an end and a signature, as Discord's CDN has them. */
import { createHmac, randomBytes } from 'node:crypto'
import type { APIAttachment } from 'discord-api-types/v10'

const DAY_SECONDS = 24 * 60 * 60

export interface StoredFile {
  readonly id: string
  readonly channelId: string
  readonly name: string
  readonly bytes: Uint8Array
  /** As Discord tells it; may be more than there are bytes, so that a limit can be tried without them. */
  readonly size: number
  readonly mime: string | undefined
  readonly isEphemeral: boolean
  readonly description?: string
  /** The name that was given, without its extension, where Discord had to change it. */
  readonly title?: string
  /** Fields on top, such as `duration_secs` and `waveform` of a voice message. */
  readonly extra?: Partial<APIAttachment>
}

export interface Cdn {
  add(file: StoredFile): StoredFile
  byId(id: string): StoredFile | undefined
  /** With a fresh address, good for a day. */
  describe(file: StoredFile): APIAttachment
  /** The file of an address that is good now. */
  open(path: string, query: URLSearchParams): StoredFile | undefined
  /** Makes every address worthless that was given so far. */
  expireLinks(): void
  /** Paths that were downloaded, in order. */
  readonly downloads: readonly string[]
}

export function createCdn(now: () => number, origin: () => string): Cdn {
  const files = new Map<string, StoredFile>()
  const downloads: string[] = []
  let secret = randomBytes(16)
  const pathOf = ({ isEphemeral, channelId, id, name }: StoredFile) =>
    `/${isEphemeral ? 'ephemeral-' : ''}attachments/${channelId}/${id}/${encodeURIComponent(name)}`
  const sign = (path: string, end: string) => createHmac('sha256', secret).update(`${path} ${end}`).digest('hex')
  const addressOf = (file: StoredFile): string => {
    const start = Math.floor(now() / 1000)
    const end = (start + DAY_SECONDS).toString(16)
    const path = pathOf(file)
    return `${origin()}${path}?ex=${end}&is=${start.toString(16)}&hm=${sign(path, end)}&`
  }
  return {
    downloads,
    add(file) {
      files.set(file.id, file)
      return file
    },
    byId: (id) => files.get(id),
    describe(file) {
      const url = addressOf(file)
      return {
        id: file.id,
        filename: file.name,
        size: file.size,
        url,
        proxy_url: url,
        ...(file.title === undefined ? {} : { title: file.title }),
        ...(file.description === undefined ? {} : { description: file.description }),
        ...(file.mime === undefined ? {} : { content_type: file.mime }),
        ...(file.isEphemeral ? { ephemeral: true } : {}),
        ...file.extra,
      }
    },
    open(path, query) {
      const file = files.get(path.split('/')[3] ?? '')
      const end = query.get('ex') ?? ''
      if (!file || pathOf(file) !== path || query.get('hm') !== sign(path, end)) return undefined
      if (Number.parseInt(end, 16) * 1000 <= now()) return undefined
      downloads.push(path)
      return file
    },
    expireLinks() {
      secret = randomBytes(16)
    },
  }
}
