/** The sources as the file says at this moment: read again when it changes, and none at all while it is broken. */
import { BackchannelError } from '@backchannel/channel'
import type { Environment } from '../config.ts'
import { loadTemplateEngine } from '../rules/template.ts'
import { readSourcesText, stampOf } from './file.ts'
import { parseSources } from './parse.ts'
import { NOTHING, type Sources } from './source.ts'

export interface SourceStore {
  /** What holds for a request that came now; a promise only while a change is read. Never rejects. */
  current(): Sources | Promise<Sources>
  /** Stops looking. Idempotent. */
  close(): void
}

export interface StoreOptions {
  readonly file: string
  readonly env: Environment
  /** Told what was read, once a change. */
  tell(sources: Sources): void
}

/** How often the file is looked at without a request, so that a mistake is told soon after it was saved. */
const LOOK_MS = 1000

export function createSourceStore({ file, env, tell }: StoreOptions): SourceStore {
  let stamp: string | undefined
  let current: Sources | Promise<Sources> = NOTHING
  let looked: NodeJS.Immediate | undefined
  /** Requests that come in one turn of the event loop share one look at the file. */
  const look = (): Sources | Promise<Sources> => {
    if (looked !== undefined) return current
    looked = setImmediate(() => {
      looked = undefined
    })
    const seen = stampOf(file)
    if (seen === stamp) return current
    stamp = seen
    const reading = read(file, env).then((sources) => {
      if (current !== reading) return sources
      current = sources
      tell(sources)
      return sources
    })
    current = reading
    return current
  }
  const timer = setInterval(look, LOOK_MS)
  return {
    current: look,
    close() {
      clearInterval(timer)
      clearImmediate(looked)
    },
  }
}

/** Reads the file once; a file that can't be used is an answer too. */
export async function readSources(file: string, env: Environment): Promise<Sources> {
  const { value, hasTemplates, warnings } = await readSourcesText(file)
  const sources = parseSources(value, { file, env, ...(hasTemplates ? { engine: await loadTemplateEngine() } : {}) })
  return { ...sources, warnings: [...warnings, ...sources.warnings] }
}

async function read(file: string, env: Environment): Promise<Sources> {
  try {
    return await readSources(file, env)
  } catch (thrown) {
    return { ...NOTHING, takesOthers: false, broken: toProblem(file, thrown) }
  }
}

function toProblem(file: string, thrown: unknown): BackchannelError {
  if (BackchannelError.is(thrown)) return thrown
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new BackchannelError('settings-invalid', `${file} can't be read: ${reason}.`, { cause: thrown })
}
