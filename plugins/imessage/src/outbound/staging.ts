/** What a script needs on disk: the words in a file that others can't read, and a copy of a file where Messages may read it. */
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ensureDirectory } from '@backchannel/channel'
import type { OutgoingFile } from '@backchannel/channel/chat'

export interface Staged {
  /** Absolute. */
  readonly path: string
  remove(): Promise<void>
}

export interface Staging {
  text(words: string): Promise<Staged>
  /** It stays for a day: Messages reads it when it has time to. */
  file(file: OutgoingFile, signal: AbortSignal): Promise<Staged>
}

const DAY_MS = 86_400_000
/** How the folders of each kind begin. */
const FILE = 'out-'
const WORDS = 'sending-'

/** @param directory of the channel's state @param database the path of `chat.db` */
export function createStaging(directory: string, database: string): Staging {
  // Messages is confined: it reads below its own folder, and hardly anywhere else.
  const inMessages = join(dirname(database), 'Attachments', 'backchannel')
  const ofState = join(directory, 'outgoing')

  const make = async (): Promise<string> => {
    for (const folder of [inMessages, ofState]) {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await clean(folder, FILE)
        return await mkdtemp(join(folder, FILE))
      } catch (thrown) {
        if (folder === ofState) throw thrown
      }
    }
    throw new Error('unreachable')
  }
  return {
    async text(words) {
      await ensureDirectory(directory)
      // What a process left that was killed.
      await clean(directory, WORDS)
      const folder = await mkdtemp(join(directory, WORDS))
      const path = join(folder, 'words.txt')
      await writeFile(path, words, { mode: 0o600 })
      return { path, remove: () => rm(folder, { recursive: true, force: true }) }
    },
    async file(file, signal) {
      const folder = await make()
      const path = join(folder, file.name)
      const remove = () => rm(folder, { recursive: true, force: true })
      try {
        await pipeline(Readable.from(file.read()), createWriteStream(path, { mode: 0o600 }), { signal })
        return { path, remove }
      } catch (thrown) {
        await remove()
        throw thrown
      }
    },
  }
}

async function clean(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue
    const path = join(folder, name)
    const { mtimeMs } = (await stat(path).catch(() => undefined)) ?? { mtimeMs: Date.now() }
    if (mtimeMs < Date.now() - DAY_MS) await rm(path, { recursive: true, force: true })
  }
}
