/**
 * Files that the agent sends: opened once, judged by what was opened, and sent from there. A name that means another file
 * a moment later changes nothing.
 */
import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, readdir, realpath, stat } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import { BackchannelError, toError } from '@backchannel/protocol'
import { displayName, extensionOf } from '../../files/names.ts'
import type { OutgoingFile } from '../platform/connection.ts'
import { HEAD_BYTES, kindOf, mimeOf } from './kind.ts'
import { createGuard, findSecret, type Guard, isPrivateKey } from './secrets.ts'

export interface OpenedFile extends OutgoingFile {
  /** As the agent named it, to be opened again after a crash. */
  readonly path: string
  close(): Promise<void>
}

export interface OutgoingFiles {
  /**
   * Opens all of them or none.
   * @throws BackchannelError `file-unreadable`, `file-refused`, `file-too-large`
   */
  open(paths: readonly string[]): Promise<readonly OpenedFile[]>
}

export interface OutgoingOptions {
  readonly directory: string
  readonly maxBytes: number
  readonly env: NodeJS.ProcessEnv
}

/** Of the start of a file, where a key shows. */
const LOOK_BYTES = 4_096
const READ_BYTES = 256 * 1024

export function createOutgoingFiles({ directory, maxBytes, env }: OutgoingOptions): OutgoingFiles {
  const openOne = async (path: string): Promise<OpenedFile> => {
    if (!isAbsolute(path)) throw unreadable(path, 'it is not an absolute path')
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((thrown) => {
      throw unreadable(path, toError(thrown).message, thrown)
    })
    try {
      const found = await handle.stat()
      if (!found.isFile()) throw unreadable(path, 'it is not a file')
      await assertSendable(path, handle, found)
      if (found.size > maxBytes) throw tooLarge(path, found.size, maxBytes)
      const head = await readHead(handle, HEAD_BYTES)
      const name = displayName(basename(path))
      return {
        path,
        name,
        size: found.size,
        mime: kindOf(head)?.mime ?? mimeOf(extensionOf(name)),
        read: () => readFrom(handle, found.size, path),
        close: () => handle.close(),
      }
    } catch (thrown) {
      await handle.close()
      throw thrown
    }
  }
  const assertSendable = async (path: string, handle: FileHandle, found: Stats): Promise<void> => {
    const guard = await createGuard(directory, env)
    const real = await realpath(path).catch((thrown) => {
      throw unreadable(path, toError(thrown).message, thrown)
    })
    // What the name means now must be what is open: else it is judged by another file's place.
    const named = await lstat(real).catch(() => undefined)
    if (named?.ino !== found.ino || named.dev !== found.dev) throw unreadable(path, 'it was replaced meanwhile')
    const secret = findSecret(real, guard, env)
    if (secret === 'state') throw refused(`refusing to send channel state: ${path}`)
    if (secret === 'secret' || isPrivateKey(await readHead(handle, LOOK_BYTES))) {
      throw refused(`refusing to send what may be a key or a secret: ${path}`)
    }
    // A second name of a file is the file.
    if (found.nlink > 1 && (await isStateByAnotherName(found, guard))) {
      throw refused(`refusing to send channel state: ${path}`)
    }
  }
  return {
    async open(paths) {
      const opened: OpenedFile[] = []
      try {
        for (const path of paths) opened.push(await openOne(path))
        return opened
      } catch (thrown) {
        await Promise.all(opened.map((file) => file.close()))
        throw thrown
      }
    },
  }
}

async function isStateByAnotherName({ dev, ino }: Stats, { state, inbox }: Guard): Promise<boolean> {
  const isSame = async (path: string) => {
    const one = await stat(path).catch(() => undefined)
    return one?.ino === ino && one.dev === dev
  }
  const look = async (folder: string, depth: number): Promise<boolean> => {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name)
      if (path === inbox) continue
      if (entry.isDirectory() ? depth > 0 && (await look(path, depth - 1)) : await isSame(path)) return true
    }
    return false
  }
  for (const root of state) if (await look(root, 2)) return true
  return false
}

async function readHead(handle: FileHandle, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, 0)
  return buffer.subarray(0, bytesRead)
}

/** By position, so that it can be read again; what was cut off meanwhile is an error and not a shorter file. */
async function* readFrom(handle: FileHandle, size: number, path: string): AsyncIterable<Uint8Array> {
  for (let at = 0; at < size; ) {
    const wanted = Math.min(READ_BYTES, size - at)
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(wanted), 0, wanted, at)
    if (bytesRead === 0) throw unreadable(path, 'it got shorter while it was sent')
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

function unreadable(path: string, problem: string, cause?: unknown): BackchannelError {
  return new BackchannelError('file-unreadable', `The file ${path} can't be sent: ${problem}.`, {
    hint: 'Give the absolute path of an existing file.',
    cause,
  })
}

function refused(message: string): BackchannelError {
  return new BackchannelError('file-refused', message)
}

function tooLarge(path: string, size: number, most: number): BackchannelError {
  const inMegabytes = (bytes: number) => bytes / 1024 / 1024
  const text = `file too large: ${path} (${inMegabytes(size).toFixed(1)}MB, max ${inMegabytes(most)}MB)`
  return new BackchannelError('file-too-large', text)
}
