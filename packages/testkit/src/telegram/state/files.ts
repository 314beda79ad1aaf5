/** Files that Telegram keeps: ids, paths, bytes. */
import type { File as TelegramFile } from 'grammy/types'
import { badRequest } from '../wire/failure.ts'

/** What a bot may download. */
const DOWNLOAD_LIMIT = 20 * 1024 * 1024

export interface StoredFile {
  readonly file_id: string
  readonly file_unique_id: string
  /** As Telegram tells it; may be more than there are bytes, so that a limit can be tried without them. */
  readonly file_size: number
  readonly path: string
  readonly name: string | undefined
  readonly mime: string | undefined
  readonly bytes: Uint8Array
}

export interface NewFile {
  /** Below which folder Telegram shows it: `photos`, `documents`, `voice`, … */
  readonly folder: string
  /** With its dot: `.jpg`. */
  readonly extension: string
  readonly bytes: Uint8Array
  readonly size?: number
  readonly name?: string | undefined
  readonly mime?: string | undefined
  /** What `getFile` says of a Bot API server in local mode: absolute, on this machine. */
  readonly path?: string
}

export interface FileStore {
  add(file: NewFile): StoredFile
  byId(id: string): StoredFile | undefined
  byPath(path: string): StoredFile | undefined
  /** The answer of `getFile`. @throws ApiFailure 400 */
  describe(id: string): TelegramFile
}

export function createFileStore(): FileStore {
  const byId = new Map<string, StoredFile>()
  const byPath = new Map<string, StoredFile>()
  const find = (id: string) => byId.get(id)
  return {
    add({ folder, extension, bytes, size = bytes.length, name, mime, path: local }) {
      const number = byId.size
      const path = local ?? `${folder}/file_${number}${extension}`
      const id = `AgACAgIAAxkBAAI${number.toString(36).padStart(6, '0')}`
      const file = { file_id: id, file_unique_id: `AQAD${number}`, file_size: size, path, name, mime, bytes }
      byId.set(id, file)
      byPath.set(path, file)
      return file
    },
    byId: find,
    byPath: (path) => byPath.get(path),
    describe(id) {
      const file = find(id)
      if (!file) throw badRequest('invalid file_id')
      const { file_id, file_unique_id, file_size, path } = file
      if (file_size > DOWNLOAD_LIMIT) throw badRequest('file is too big')
      return { file_id, file_unique_id, file_size, file_path: path }
    },
  }
}
