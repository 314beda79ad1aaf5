/** `consents.json`: the operator's recorded answers, a list for each kind, changed from what is on disk at that moment. */
import { mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import writeFileAtomic from 'write-file-atomic'
import { JsonField } from '../json/field.ts'
import { errorCode, readJsonFile } from '../json/read.ts'

/** The lists in the file: servers that may be started, folders that are trusted. */
export type ConsentList = 'consents' | 'trusted'

export interface ConsentFile {
  /** @throws BackchannelError `settings-invalid` for a file that cannot be read, or that others can write */
  read(): Promise<readonly unknown[]>
  /**
   * One change at a time; the rest of the file stays as it is.
   * @param edit gives the list as it shall be, the same one where nothing changes, and a result
   * @throws BackchannelError as `read`, and `state-unwritable`
   */
  change<Result>(edit: (items: readonly unknown[]) => readonly [readonly unknown[], Result]): Promise<Result>
}

interface StoredFile {
  /** The file as it is, unknown keys included. */
  readonly root: Readonly<Record<string, unknown>>
  readonly items: readonly unknown[]
}

/** Changes of this process wait for each other, whichever list they are about. */
let last: Promise<unknown> = Promise.resolve()

export function createConsentFile(file: string, list: ConsentList): ConsentFile {
  return {
    read: async () => (await readFile(file, list)).items,
    change(edit) {
      const run = last.then(async () => {
        const { root, items } = await readFile(file, list)
        const [changed, result] = edit(items)
        if (changed !== items) await writeFile(file, { version: 1, ...root, [list]: changed })
        return result
      })
      last = run.catch(() => undefined)
      return run
    },
  }
}

/** Where a project really lies; of a folder that is gone, its path. */
export async function realFolder(folder: string): Promise<string> {
  return await realpath(folder).catch(() => resolve(folder))
}

async function readFile(file: string, list: ConsentList): Promise<StoredFile> {
  const source = { file, code: 'settings-invalid' } as const
  const found = await readJsonFile(source)
  if (found === undefined) return { root: {}, items: [] }
  await refuseShared(file)
  const root = new JsonField(found.value, source)
  const items = root.member(list)
  return {
    root: root.record(),
    items: items.present
      ? items.items(`a list of ${list === 'consents' ? 'consents' : 'trusted folders'}`).map(({ value }) => value)
      : [],
  }
}

/** A file that others can write is not the operator's word. */
async function refuseShared(file: string): Promise<void> {
  if (process.platform === 'win32') return
  const { mode } = await stat(file)
  if ((mode & 0o022) !== 0)
    throw new BackchannelError('settings-invalid', `${file} can be written by other users, so it is not used.`, {
      hint: `Look through it, then run: chmod 600 ${file}`,
    })
}

async function writeFile(file: string, value: object): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFileAtomic(file, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  } catch (cause) {
    throw new BackchannelError(
      'state-unwritable',
      `${file} could not be written (${errorCode(cause)}), so the recorded consents stay as they were.`,
      { hint: 'Make the file and its folder writable for this user.', cause },
    )
  }
}
