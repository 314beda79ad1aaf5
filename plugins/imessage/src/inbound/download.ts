/** Opens a file of a message where Messages keeps it, once it is there; a picture of a kind that few programs read becomes a JPEG. */
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, extname, join, sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Download, PlatformError } from '@backchannel/channel/chat'
import type { AttachmentRow } from '../database/attachments.ts'

export interface DownloadOptions {
  /** Of the database: files of Messages lie below its folder, and others are none of it. */
  readonly database: string
  readonly home: string
  readonly sips: string
  /** How long a file may take to come from the cloud, in milliseconds. */
  readonly waitMs?: number
}

const WAIT_MS = 30_000
const LOOK_MS = 250
const CONVERT_MS = 20_000

export async function openAttachment(
  find: () => AttachmentRow | undefined,
  options: DownloadOptions,
  signal: AbortSignal,
): Promise<Download> {
  const file = await untilThere(find, options.waitMs ?? WAIT_MS, signal)
  const path = await realpath(file.path)
  await assertOfMessages(path, options)
  const name = file.name ?? basename(path)
  if (isHeic(file, path)) {
    const converted = await toJpeg(path, options.sips, signal)
    if (converted) return { body: converted, name: `${name}.jpg`, mime: 'image/jpeg' }
  }
  const { size } = await stat(path)
  return { body: createReadStream(path), name, size, ...(file.mime === undefined ? {} : { mime: file.mime }) }
}

/** The row is there before the file is, where it has to come from the cloud. */
async function untilThere(
  find: () => AttachmentRow | undefined,
  waitMs: number,
  signal: AbortSignal,
): Promise<AttachmentRow & { readonly path: string }> {
  const end = Date.now() + waitMs
  for (;;) {
    const file = find()
    if (!file) throw new PlatformError('Messages has no such file any more', { kind: 'refused' })
    const { path, size } = file
    if (path !== undefined) {
      const found = await stat(path).catch(() => undefined)
      if (found?.isFile() && found.size >= (size ?? 0)) return { ...file, path }
    }
    if (Date.now() >= end) {
      const words = 'Messages has not fetched this file from the cloud yet: open the chat on the Mac, then try again'
      throw new PlatformError(words, { kind: 'refused' })
    }
    await sleep(LOOK_MS, undefined, { signal })
  }
}

/** A row may name any file of the disk; what came in lies with Messages. */
async function assertOfMessages(path: string, { database, home }: DownloadOptions): Promise<void> {
  for (const folder of [dirname(database), join(home, 'Library', 'Messages')]) {
    const root = await realpath(folder).catch(() => undefined)
    if (root !== undefined && path.startsWith(root + sep)) return
  }
  throw new PlatformError('this file lies outside of the folder of Messages', { kind: 'refused' })
}

function isHeic({ mime, uti }: AttachmentRow, path: string): boolean {
  return mime === 'image/heic' || uti === 'public.heic' || /^\.hei[cf]$/i.test(extname(path))
}

/** Undefined where it can't be done: then the agent gets the file as it is. */
async function toJpeg(path: string, sips: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'backchannel-'))
  const target = join(folder, 'picture.jpg')
  try {
    const args = ['-s', 'format', 'jpeg', path, '--out', target]
    await promisify(execFile)(sips, args, { signal, timeout: CONVERT_MS })
    await stat(target)
    return andRemove(target, folder)
  } catch {
    await rm(folder, { recursive: true, force: true })
    signal.throwIfAborted()
    return undefined
  }
}

async function* andRemove(path: string, folder: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
