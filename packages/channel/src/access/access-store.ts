/**
 * `access.json` while a channel runs. Others write it too, some in several steps: a file that can't be read is read again
 * for a second, and then lets nobody in until it can be. Nothing is ever written over it but by the operator's word.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { BackchannelError, renderError, toError } from '@backchannel/protocol'
import type { Log } from '../log.ts'
import { changeJsonState, readJsonState } from '../state/atomic-file.ts'
import { stampOf, watchFile } from '../state/watch-file.ts'
import { type AccessFile, type DmPolicy, parseAccess } from './access-file.ts'
import { keepGood } from './last-good.ts'

/** What the file says now, or why nobody is let in by it. */
export type AccessReading =
  | { readonly access: AccessFile; readonly problem?: undefined }
  | { readonly access?: undefined; readonly problem: BackchannelError }

export interface AccessStore {
  readonly file: string
  readonly isStatic: boolean
  /** Waits for as long as {@link PATIENCE_MS} for somebody who is writing. Never rejects. */
  read(): Promise<AccessReading>
  /** @throws BackchannelError `state-invalid`, `state-unwritable` */
  load(): Promise<AccessFile>
  /**
   * Nothing is written where `make` returns nothing; it may be called again where somebody else wrote meanwhile.
   * @throws BackchannelError `access-static`, `state-invalid`, `state-unwritable`; what `make` throws
   */
  change(make: (access: AccessFile) => Record<string, unknown> | undefined): Promise<void>
  /** Begins to look for changes by others. Calls back with what was there before, where that could be read. */
  watch(changed: (now: AccessReading, before: AccessFile | undefined) => void): void
  /** Idempotent. */
  close(): void
}

export interface AccessStoreOptions {
  /** The absolute path of `access.json`. */
  readonly file: string
  readonly log: Log
  readonly mode?: 'live' | 'static' | undefined
  /** The policy of a file that names none. */
  readonly dmPolicy?: DmPolicy | undefined
  /** For how long a file that can't be read is read again; default {@link PATIENCE_MS}. */
  readonly patienceMs?: number
}

/** An editor takes no longer to write a file. */
export const PATIENCE_MS = 1_000
const AGAIN_MS = 40

export function createAccessStore(options: AccessStoreOptions): AccessStore {
  const { file, log, mode, dmPolicy, patienceMs = PATIENCE_MS } = options
  const isStatic = mode === 'static'
  let snapshot: Promise<AccessReading> | undefined
  let seen = false
  let told = ''
  /** The state of the file that was given up, so that not every message waits for it again. */
  let givenUp: string | undefined
  let waiting: Promise<AccessReading> | undefined
  /** As this process last read or wrote it. */
  let known: AccessFile | undefined
  let writes = 0
  let stop: (() => void) | undefined
  let listener: ((now: AccessReading, before: AccessFile | undefined) => void) | undefined

  /** `isHalf`: as somebody leaves it who is writing it just now. */
  const readOnce = async (): Promise<AccessReading & { readonly isHalf: boolean }> => {
    let value: unknown
    try {
      value = await readJsonState(file)
    } catch (thrown) {
      const problem = asProblem(file, thrown)
      return { problem, isHalf: problem.code === 'state-invalid' }
    }
    if (value === undefined && seen) return { problem: gone(file), isHalf: true }
    try {
      const access = parseAccess(value, file, dmPolicy)
      seen ||= value !== undefined
      return { access, isHalf: false }
    } catch (thrown) {
      return { problem: asProblem(file, thrown), isHalf: false }
    }
  }
  const readPatiently = async (): Promise<AccessReading> => {
    for (const end = performance.now() + patienceMs; ; ) {
      const stamp = stampOf(file)
      const reading = await readOnce()
      if (!reading.isHalf || stamp === givenUp) return reading
      if (performance.now() >= end) {
        givenUp = stamp
        return reading
      }
      await sleep(AGAIN_MS)
    }
  }
  const tell = ({ access, problem }: AccessReading): void => {
    const text = problem ? renderError(problem) : access.warnings.join('; ')
    if (text === told) return
    if (problem) log.error(text)
    else if (text !== '') log.warn(`${file}: ${text}`)
    else if (told !== '') log.info(`${file} is in use again`)
    told = text
  }
  const read = async (): Promise<AccessReading> => {
    if (isStatic) {
      snapshot ??= readPatiently().then((reading) => asStatic(reading, log))
      return snapshot
    }
    const first = await readOnce()
    if (first.isHalf) {
      waiting ??= readPatiently().finally(() => {
        waiting = undefined
      })
    }
    const reading = first.isHalf ? await (waiting ?? first) : first
    if (reading.access) {
      givenUp = undefined
      known ??= reading.access
    }
    tell(reading)
    return reading
  }
  const load = async (): Promise<AccessFile> => {
    const { access, problem } = await read()
    if (problem) throw problem
    return access
  }

  const compare = (now: AccessReading): void => {
    const before = known
    if (now.access) known = now.access
    if (JSON.stringify(now.access?.raw) !== JSON.stringify(before?.raw)) listener?.(now, before)
  }
  const look = async (): Promise<void> => {
    for (;;) {
      const before = writes
      const now = await read()
      // What was read before a change of our own says nothing about what somebody else did.
      if (writes !== before) continue
      compare(now)
      // A file that is not there yet is nothing to keep.
      if (now.access && seen) await keepGood(file, now.access.raw)
      return
    }
  }

  return {
    file,
    isStatic,
    read,
    load,
    async change(make) {
      if (isStatic) throw fixed(file)
      await load()
      for (const end = performance.now() + patienceMs; ; ) {
        try {
          let written: Record<string, unknown> | undefined
          let found: AccessFile | undefined
          const decide = (value: unknown) => {
            if (value === undefined && seen) throw gone(file)
            found = parseAccess(value, file, dmPolicy)
            written = make(found)
            return written
          }
          const keep = () => {
            seen = true
            writes += 1
            // What somebody else did just before is theirs, and is told as such.
            if (found && known) compare({ access: found })
            known = parseAccess(JSON.parse(JSON.stringify(written)), file, dmPolicy)
          }
          await changeJsonState(file, decide, { written: keep })
          if (written) await keepGood(file, written)
          return
        } catch (thrown) {
          const isHalf = BackchannelError.is(thrown) && thrown.code === 'state-invalid'
          if (!isHalf || performance.now() >= end) throw thrown
          await load()
        }
      }
    },
    watch(changed) {
      if (isStatic || stop) return
      listener = changed
      const attempt = () => {
        look().catch((thrown) => log.error(`${file} could not be looked at: ${renderError(thrown)}`))
      }
      const watching = watchFile(file, attempt)
      stop = () => watching.close()
      attempt()
    },
    close() {
      stop?.()
      stop = undefined
    },
  }
}

/** As the official servers do it: whatever was asked for before the start is forgotten, and no code is given. */
function asStatic(reading: AccessReading, log: Log): AccessReading {
  const { access } = reading
  if (!access) return reading
  if (access.dmPolicy === 'pairing')
    log.warn('access is static, so nobody can be paired: the policy is "allowlist" here')
  return { access: { ...access, pending: [], dmPolicy: access.dmPolicy === 'pairing' ? 'allowlist' : access.dmPolicy } }
}

function gone(file: string): BackchannelError {
  return new BackchannelError('state-invalid', `${file} can't be used: it was here and is gone.`, {
    hint: 'Put it back, or start again to begin with an empty one. Until then nobody is let in by it.',
  })
}

function fixed(file: string): BackchannelError {
  return new BackchannelError('access-static', `Access is static in this process, so ${file} is not changed.`, {
    hint: 'Start without …_ACCESS_MODE=static to change it by a command, or edit the file and start again.',
  })
}

function asProblem(file: string, thrown: unknown): BackchannelError {
  if (BackchannelError.is(thrown)) return thrown
  return new BackchannelError('state-invalid', `${file} can't be used: ${toError(thrown).message}.`, { cause: thrown })
}
