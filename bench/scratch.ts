/** The bench's own folder: what channels store while they are measured, and the bare servers as JavaScript. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { transform } from 'esbuild'
import type { Subject } from './subjects.ts'

const REPOSITORY: string = join(import.meta.dirname, '..')

export interface Scratch extends AsyncDisposable {
  readonly folder: string
  /** Processes' own TMPDIR. */
  readonly temporary: string
  /** Where {@link prepareBaselines} puts the bare servers. */
  readonly baselines: string
  /** A home for one run of the subject, with what its warm-up left where there was one. */
  createHome(subject: Subject): Promise<string>
  /** Keeps a home as what each later run of the subject starts from: a channel seldom starts for the first time. */
  keepHome(subject: Subject, home: string): Promise<void>
}

/** In the build's folder, so that what is synced to a disk is synced to the one that the checkout is on. */
export async function createScratch(): Promise<Scratch> {
  const parent = join(REPOSITORY, 'dist/bench')
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(join(parent, 'run-'))
  const kept = new Map<string, string>()
  const keyOf = ({ job, variant, runtime }: Subject) => `${job}-${variant}-${runtime}`
  const baselines = join(folder, 'baselines')
  const temporary = join(folder, 'tmp')
  await Promise.all([prepareBaselines(baselines), mkdir(temporary)])
  return {
    folder,
    temporary,
    baselines,
    async createHome(subject) {
      const home = await mkdtemp(join(folder, `${keyOf(subject)}-`))
      const from = kept.get(keyOf(subject))
      if (from !== undefined) await cp(from, home, { recursive: true })
      return home
    },
    async keepHome(subject, home) {
      const to = join(folder, `kept-${keyOf(subject)}`)
      await cp(home, to, { recursive: true })
      kept.set(keyOf(subject), to)
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }),
  }
}

/** Without their types, one file each and not bundled: stripping at their start would be unfair to them. */
async function prepareBaselines(folder: string): Promise<void> {
  const source = join(import.meta.dirname, 'baseline')
  await mkdir(folder)
  for (const name of await readdir(source)) {
    const { code } = await transform(await readFile(join(source, name), 'utf8'), { loader: 'ts', target: 'node24' })
    await writeFile(join(folder, `${basename(name, '.ts')}.mjs`), code)
  }
}
