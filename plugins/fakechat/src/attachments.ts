/** Files on disk: what the person uploads goes to `inbox/`, copies of what the agent sends go to `outbox/`. */
import { randomBytes } from 'node:crypto'
import { constants, createWriteStream, existsSync } from 'node:fs'
import { type FileHandle, open, readdir, realpath, rm, stat } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BackchannelError, ensureDirectory } from '@backchannel/channel'
import { displayName, renderSize, safeExtension, typeOf } from './file-types.ts'
import { FILE_LIMIT } from './wire.ts'

export type Folder = 'inbox' | 'outbox'

export interface StoredFile {
  /** As the person or the agent named it, fit to be shown. */
  readonly name: string
  /** The name below its folder: `<ms>-<random>.<ext>`. */
  readonly stored: string
  /** Absolute. */
  readonly path: string
  /** In bytes. */
  readonly size: number
  readonly mime: string
}

export interface Attachments {
  directory(folder: Folder): string
  /** Streams an upload into `inbox/`. A stream that announces `limit` (busboy) or is longer is too large. */
  save(stream: Readable, about: { name: string; mime: string }, signal: AbortSignal): Promise<StoredFile>
  /** Copies a file of the agent into `outbox/`, so that it stays downloadable as it was sent. */
  copy(path: string, signal: AbortSignal): Promise<StoredFile>
  /** Whether the file behind `/files/<name>` or `/uploads/<name>` is still there. */
  isKept(url: string): boolean
  remove(files: readonly StoredFile[]): Promise<void>
  /** Removes stored files older than `days`; `0` removes nothing. Problems are none of anyone's business. */
  clean(days: number): Promise<void>
}

/** Ours, and those of the official fakechat: nothing else in the folders is ever touched. */
const STORED_NAME = /^\d{13}(-[a-z0-9]+)?(\.\w+)?$/

export function createAttachments(root: string): Attachments {
  const directory = (folder: Folder) => join(root, folder)

  const place = async (folder: Folder, name: string): Promise<{ stored: string; path: string }> => {
    await ensureDirectory(directory(folder))
    const stored = `${Date.now()}-${randomBytes(6).toString('hex')}${safeExtension(name)}`
    return { stored, path: join(directory(folder), stored) }
  }

  const write = async (source: Readable, path: string, name: string, signal: AbortSignal): Promise<number> => {
    const target = createWriteStream(path, { flags: 'wx', mode: 0o600 })
    try {
      await pipeline(source, target, { signal })
      if (target.bytesWritten > FILE_LIMIT || ('truncated' in source && source.truncated)) throw tooLarge(name)
      return target.bytesWritten
    } catch (thrown) {
      // Removed only after it is closed: a file that is still being opened would come back.
      if (!target.destroy().closed) await new Promise<void>((resolve) => target.once('close', () => resolve()))
      await rm(path, { force: true })
      throw isDiskError(thrown) ? unwritable(path, thrown) : thrown
    }
  }

  return {
    directory,
    async save(stream, { name, mime }, signal) {
      const shown = displayName(name)
      const { stored, path } = await place('inbox', name)
      const size = await write(stream, path, shown, signal)
      return { name: shown, stored, path, size, mime }
    },
    async copy(path, signal) {
      const handle = await openFile(path)
      try {
        const { size } = await handle.stat()
        if (size > FILE_LIMIT) throw tooLarge(path, size)
        const target = await place('outbox', path)
        // One byte more than may come: a file that grows meanwhile is noticed, and never copied for ever.
        const source = handle.createReadStream({ start: 0, end: FILE_LIMIT, autoClose: false })
        const copied = await write(source, target.path, path, signal)
        return { ...target, name: displayName(basename(path)), size: copied, mime: bareType(path) }
      } finally {
        await handle.close()
      }
    },
    isKept: (url) => existsSync(join(directory(url.startsWith('/files/') ? 'outbox' : 'inbox'), basename(url))),
    async remove(files) {
      await Promise.all(files.map(({ path }) => rm(path, { force: true }).catch(() => {})))
    },
    async clean(days) {
      if (days === 0) return
      const oldest = Date.now() - days * 24 * 60 * 60 * 1000
      for (const folder of [directory('inbox'), directory('outbox')]) {
        for (const name of await readdir(folder).catch(() => [])) {
          if (!STORED_NAME.test(name) || Number(name.slice(0, 13)) > oldest) continue
          await rm(join(folder, name), { force: true }).catch(() => {})
        }
      }
    },
  }
}

/** By its real path, and only a plain file: a pipe or a device would never end. */
async function openFile(path: string): Promise<FileHandle> {
  if (!isAbsolute(path)) throw unreadable(path, 'it is not an absolute path')
  try {
    const real = await realpath(path)
    if (!(await stat(real)).isFile()) throw unreadable(path, 'it is not a file')
    // Opening a pipe that took the file's place meanwhile must not wait for a writer.
    const handle = await open(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
    throw unreadable(path, 'it is not a file')
  } catch (thrown) {
    if (BackchannelError.is(thrown)) throw thrown
    throw unreadable(path, thrown instanceof Error ? thrown.message : String(thrown), thrown)
  }
}

function bareType(name: string): string {
  return typeOf(name).replace(/;.*/, '')
}

function isDiskError(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return (
    typeof code === 'string' && /^E(ACCES|DQUOT|EXIST|IO|ISDIR|MFILE|NFILE|NOENT|NOSPC|NOTDIR|PERM|ROFS)$/.test(code)
  )
}

function unreadable(path: string, problem: string, cause?: unknown): BackchannelError {
  return new BackchannelError('file-unreadable', `The file ${path} can't be sent: ${problem}.`, {
    hint: 'Give the absolute path of an existing file.',
    cause,
  })
}

function tooLarge(name: string, size?: number): BackchannelError {
  const has = size === undefined ? 'is larger' : `has ${renderSize(size)}`
  return new BackchannelError('file-too-large', `${name} ${has}; a file may have ${renderSize(FILE_LIMIT)}.`, {
    hint: 'Send a smaller file, or name the place where it is.',
  })
}

function unwritable(path: string, thrown: unknown): BackchannelError {
  return new BackchannelError('state-unwritable', `${path} can't be written: ${(thrown as Error).message}.`, {
    hint: 'Free some space or give yourself write access there, or set FAKECHAT_STATE_DIR to another directory.',
    cause: thrown,
  })
}
