/** Copies a plugin's folder: whole, bounded, and with nothing in it that leads out. */
import { createHash, type Hash } from 'node:crypto'
import { constants, type Dirent } from 'node:fs'
import { mkdir, open, readdir, readlink, realpath, symlink } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import { errorCode } from '../../json/read.ts'
import { quote } from '../../text/quote.ts'
import { unwritable } from '../store/record-file.ts'

export interface CopyLimits {
  /** Folders count too. */
  readonly files: number
  readonly bytes: number
}

/** Of one plugin; ours have a dozen files and less than a megabyte. */
export const COPY_LIMITS: CopyLimits = { files: 20_000, bytes: 256 * 1024 * 1024 }
const CHUNK = 1_048_576
const DEEPEST = 64

export interface CopyRequest {
  /** A real path. */
  readonly from: string
  /** It must not be there yet. */
  readonly to: string
  readonly limits?: CopyLimits
  readonly signal: AbortSignal
  progress(files: number): void
}

export interface Copied {
  readonly files: number
  readonly bytes: number
  /** The same for the same content: names, what they hold, and what may be run. Hexadecimal. */
  readonly digest: string
}

/** @throws BackchannelError `plugin-invalid`, `plugin-too-large`, `state-unwritable`; what is half copied is the caller's */
export async function copyFolder(request: CopyRequest): Promise<Copied> {
  const { from, to, limits = COPY_LIMITS } = request
  const digest = createHash('sha256')
  const count = { files: 0, bytes: 0 }
  let entries = 0
  const state: State = { ...request, limits, digest, count }
  await makeFolder(to)
  await copyEntries(state, '', 0)
  return { ...count, digest: digest.digest('hex') }

  async function copyEntries(state: State, below: string, depth: number): Promise<void> {
    if (depth > DEEPEST) throw tooLarge(from, `folders more than ${DEEPEST} deep`)
    for (const entry of await list(join(from, below))) {
      state.signal.throwIfAborted()
      // The history of a repository is no part of a plugin.
      if (entry.name === '.git') continue
      const name = join(below, entry.name)
      entries += 1
      if (entries > limits.files) throw tooLarge(from, `more than ${limits.files} files and folders`)
      if (entries % 100 === 0) state.progress(count.files)
      if (!entry.isDirectory()) count.files += 1
      if (entry.isDirectory()) {
        await makeFolder(join(to, name))
        await copyEntries(state, name, depth + 1)
      } else if (entry.isSymbolicLink()) await copyLink(state, name)
      else await copyFile(state, name)
    }
  }
}

interface State extends Required<CopyRequest> {
  readonly digest: Hash
  readonly count: { files: number; bytes: number }
}

/** In an order that is the same everywhere, for the digest. */
async function list(folder: string): Promise<readonly Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new BackchannelError('plugin-invalid', `${folder} cannot be read (${errorCode(cause)}).`, { cause })
  })
  return entries.sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** A link inside the folder stays one, written so that it leads to the copy. */
async function copyLink({ from, to, digest }: State, name: string): Promise<void> {
  const link = join(from, name)
  const target = await realpath(link).catch(() => undefined)
  const way = target === undefined ? undefined : relative(from, target)
  if (way === undefined || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way))
    throw new BackchannelError(
      'plugin-invalid',
      `${link} is a link that leads out of the plugin, to ${quote(await readlink(link))}.`,
      {
        hint: 'A plugin is copied alone, so it must hold everything that it needs.',
      },
    )
  const written = relative(dirname(name), way) || '.'
  digest.update(JSON.stringify(['link', name, written]))
  await symlink(written, join(to, name)).catch((cause: unknown) => {
    throw unwritable(join(to, name), cause)
  })
}

async function copyFile(state: State, name: string): Promise<void> {
  const { from, to, limits, count, digest, signal } = state
  const file = join(from, name)
  // Not followed and not waited for: between listing and opening, it may have become a link or a pipe.
  await using source = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (cause: unknown) => {
      throw new BackchannelError('plugin-invalid', `${file} cannot be read (${errorCode(cause)}).`, { cause })
    },
  )
  const facts = await source.stat()
  if (!facts.isFile()) throw new BackchannelError('plugin-invalid', `${file} is neither a file nor a folder.`)
  const runs = (facts.mode & 0o111) !== 0
  digest.update(JSON.stringify(['file', name, runs]))
  const content = createHash('sha256')
  const buffer = Buffer.allocUnsafe(CHUNK)
  try {
    await using target = await open(join(to, name), 'wx', runs ? 0o755 : 0o644)
    for (;;) {
      signal.throwIfAborted()
      const { bytesRead } = await source.read(buffer, 0, CHUNK, null)
      if (bytesRead === 0) break
      count.bytes += bytesRead
      if (count.bytes > limits.bytes) throw tooLarge(from, `more than ${Math.round(limits.bytes / 1_048_576)} MiB`)
      const chunk = buffer.subarray(0, bytesRead)
      content.update(chunk)
      await target.appendFile(chunk)
    }
  } catch (cause) {
    throw BackchannelError.is(cause) || signal.aborted ? cause : unwritable(join(to, name), cause)
  }
  digest.update(content.digest())
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o755 }).catch((cause: unknown) => {
    throw unwritable(path, cause)
  })
}

function tooLarge(folder: string, what: string): BackchannelError {
  return new BackchannelError('plugin-too-large', `${folder} holds ${what}, and no more is taken.`, {
    hint: "Leave build results, data and development dependencies out of the plugin's folder.",
  })
}
