/** `inbox/`: files that came in, under names of ours, bounded in size, time and room; the oldest give way. */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BackchannelError, toError } from '@backchannel/protocol'
import { renderSize, safeExtension } from '../../files/names.ts'
import { ensureDirectory } from '../../state/directory.ts'
import type { Download } from '../platform/connection.ts'
import { type FileKind, HEAD_BYTES, isShownByBytes, kindOf } from './kind.ts'

export interface Inbox {
  readonly directory: string
  /**
   * Writes what a platform gives, and says where and what it is.
   * @throws BackchannelError `file-too-large`, `state-unwritable`; and whatever the download throws. Nothing is left then.
   */
  save(open: (signal: AbortSignal) => Promise<Download>, options: SaveOptions): Promise<Saved>
  /** Deletes what is too old, and the oldest where there is too much. Never rejects. */
  clean(): Promise<void>
}

export interface SaveOptions {
  /** As the platform named it; only its extension is used. */
  readonly name?: string | undefined
  readonly signal: AbortSignal
  /** Default {@link DOWNLOAD_MS}. */
  readonly timeoutMs?: number
}

export interface Saved {
  /** Absolute. */
  readonly path: string
  /** In bytes. */
  readonly size: number
  /** Where the first bytes show it. */
  readonly kind: FileKind | undefined
}

export interface InboxLimits {
  /** Bytes of one file. */
  readonly fileBytes: number
  /** Bytes of all of them; default 1 GB. */
  readonly totalBytes?: number
  /** Default 30. */
  readonly days?: number
}

/** For a whole file; a slower one can be fetched again by its id. */
export const DOWNLOAD_MS = 60_000
const DEFAULT_TOTAL_BYTES = 1024 ** 3
const DEFAULT_DAYS = 30
const DAY_MS = 86_400_000
/** Ours, and those of the official servers. */
const STORED = /^\d{13}-[\w-]+\.[a-z0-9]{1,10}$/i
const PART = /^\d{13}-[\w-]+\.part$/

export function createInbox(stateDirectory: string, limits: InboxLimits): Inbox {
  const directory = join(stateDirectory, 'inbox')
  const { fileBytes, totalBytes = DEFAULT_TOTAL_BYTES, days = DEFAULT_DAYS } = limits

  const clean = async (): Promise<void> => {
    const names = await readdir(directory).catch(() => [])
    const oldest = Date.now() - days * DAY_MS
    let kept = 0
    // Names begin with the time, so the newest come first.
    for (const name of names.sort().reverse()) {
      const isPart = PART.test(name)
      if (!isPart && !STORED.test(name)) continue
      const path = join(directory, name)
      const { size = 0 } = (await stat(path).catch(() => undefined)) ?? {}
      const at = Number(name.slice(0, 13))
      const isLeft = isPart && at < Date.now() - 10 * DOWNLOAD_MS
      if (at >= oldest && kept + size <= totalBytes && !isLeft) kept += size
      else await rm(path, { force: true }).catch(() => {})
    }
  }

  return {
    directory,
    clean,
    async save(download, { name, signal, timeoutMs = DOWNLOAD_MS }) {
      await ensureDirectory(directory)
      const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      const given = await download(until)
      if ((given.size ?? 0) > fileBytes) throw tooLarge(fileBytes)
      const base = join(directory, `${Date.now()}-${randomBytes(6).toString('hex')}`)
      const part = `${base}.part`
      try {
        const { size, head } = await write(part, given.body, fileBytes, until)
        const kind = kindOf(head)
        const claimed = safeExtension(name ?? given.name ?? '')
        const path = `${base}${kind?.extension ?? (isShownByBytes(claimed) ? '.bin' : claimed)}`
        await rename(part, path)
        void clean()
        return { path, size, kind }
      } catch (thrown) {
        await rm(part, { force: true }).catch(() => {})
        throw thrown
      }
    },
  }
}

async function write(
  path: string,
  body: AsyncIterable<Uint8Array>,
  most: number,
  signal: AbortSignal,
): Promise<{ size: number; head: Buffer }> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)
  const handle = await open(path, flags, 0o600).catch((thrown) => {
    throw unwritable(path, thrown)
  })
  let size = 0
  let head = Buffer.alloc(0)
  try {
    for await (const chunk of until(body, signal)) {
      size += chunk.byteLength
      if (size > most) throw tooLarge(most)
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk]).subarray(0, HEAD_BYTES)
      await writeAll(handle, chunk, path)
    }
    return { size, head }
  } finally {
    await handle.close()
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, path: string): Promise<void> {
  try {
    for (let at = 0; at < chunk.byteLength; ) at += (await handle.write(chunk, at)).bytesWritten
  } catch (thrown) {
    throw unwritable(path, thrown)
  }
}

/** The same bytes, and an end at the signal also where the source is stuck. */
async function* until(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  aborted.catch(() => {})
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    signal.throwIfAborted()
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted])
      if (next.done) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', abort)
    iterator.return?.()?.catch(() => {})
  }
}

function tooLarge(most: number): BackchannelError {
  return new BackchannelError('file-too-large', `The file is larger than ${renderSize(most)}, which is the most.`, {
    hint: 'Ask for a smaller one.',
  })
}

function unwritable(path: string, thrown: unknown): BackchannelError {
  return new BackchannelError('state-unwritable', `${path} can't be written: ${toError(thrown).message}.`, {
    hint: 'Free some space, or give yourself write access there.',
    cause: thrown,
  })
}
