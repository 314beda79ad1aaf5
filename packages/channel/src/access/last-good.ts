/**
 * The last access file that could be read, kept beside it. Nothing takes it by itself: a file that is broken lets nobody
 * in, until the operator corrects it or has this one put back.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { BackchannelError } from '@backchannel/protocol'
import { holds, renderState, writeState } from '../state/atomic-file.ts'
import { type AccessFile, parseAccess } from './access-file.ts'

export function lastGoodFile(file: string): string {
  return `${file}.last-good`
}

/** Codes are not kept: they are worth nothing an hour later. Never rejects: the copy is a help, not a need. */
export async function keepGood(file: string, raw: Readonly<Record<string, unknown>>): Promise<void> {
  const { pending: _codes, ...lasting } = raw
  const text = renderState(lasting)
  const copy = lastGoodFile(file)
  if ((await readFile(copy, 'utf8').catch(() => undefined)) === text) return
  // A full disk is told where it matters, by whatever has to be written.
  await writeState(copy, text).catch(() => {})
}

export interface LastGood {
  readonly access: AccessFile
  /** Six digits for what the operator was shown: the copy, and the file that it would replace. */
  readonly digest: string
  /**
   * Puts it in the place of the file, of which a copy stays as `access.json.replaced`.
   * @returns false where the file has changed meanwhile, and nothing was written
   * @throws BackchannelError `state-unwritable`
   */
  putBack(): Promise<boolean>
}

/** @returns `undefined` where there is none that can be used */
export async function readLastGood(file: string): Promise<LastGood | undefined> {
  const [copy, now] = await Promise.all([readMaybe(lastGoodFile(file)), readMaybe(file)])
  if (copy === undefined) return undefined
  const hash = createHash('sha256')
  for (const bytes of [copy, now ?? Buffer.from('none')]) hash.update(`${bytes.length}:`).update(bytes)
  try {
    return {
      access: parseAccess(JSON.parse(copy.toString('utf8')), lastGoodFile(file)),
      digest: hash.digest('hex').slice(0, 6),
      async putBack() {
        if (now !== undefined) await writeState(`${file}.replaced`, now)
        return writeState(file, copy, () => holds(file, now))
      },
    }
  } catch (thrown) {
    if (thrown instanceof SyntaxError || (BackchannelError.is(thrown) && thrown.code === 'state-invalid'))
      return undefined
    throw thrown
  }
}

/** A file that is too large was not written by us, and one that can't be read is no help. */
async function readMaybe(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch(() => undefined)
}
