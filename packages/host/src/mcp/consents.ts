/**
 * Who may be started from a project's `.mcp.json`: the operator's recorded consents. A consent holds for one server of
 * one project with exactly the command that was agreed to; change the command and the question comes again.
 */
import { createHash } from 'node:crypto'
import { mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { BackchannelError, isRecord, renderError } from '@backchannel/protocol'
import writeFileAtomic from 'write-file-atomic'
import { JsonField } from '../json/field.ts'
import { errorCode, readJsonFile } from '../json/read.ts'
import type { ServerSpec } from './config.ts'

export interface Consent {
  /** The project's real path. */
  readonly project: string
  readonly server: string
  /** SHA-256 of command, arguments, environment and folder as written, in hexadecimal. */
  readonly command: string
  /** ISO 8601. */
  readonly grantedAt: string
}

export interface Consents {
  /** False also where the file cannot be read; `problem()` says so. */
  hasConsent(project: string, server: ServerSpec): Promise<boolean>
  /** Records consent for one server, or for every server a file lists now; a server added later is asked for again. */
  grant(project: string, servers: ServerSpec | readonly ServerSpec[]): Promise<void>
  list(): Promise<readonly Consent[]>
  /** Takes back one server's consents in a project, or all of the project's. @returns how many there were. */
  revoke(project: string, server?: string): Promise<number>
  /** Why nobody is consented although the file is there; `undefined` if it is fine or absent. */
  problem(): Promise<string | undefined>
}

interface StoredFile {
  /** The file as it is, unknown keys included. */
  readonly root: Readonly<Record<string, unknown>>
  readonly items: readonly unknown[]
}

/**
 * @param file `~/.backchannel/consents.json`; written with mode 0600 in a folder of mode 0700.
 * `grant` and `revoke` throw `settings-invalid` rather than overwrite a file that cannot be read, and
 * `state-unwritable` where it cannot be written.
 */
export function createConsents(file: string, now: () => Date = () => new Date()): Consents {
  let last: Promise<unknown> = Promise.resolve()

  /** One change at a time, each from what is on disk at that moment. */
  const change = <Result>(edit: (items: readonly unknown[]) => [readonly unknown[], Result]): Promise<Result> => {
    const run = last.then(async () => {
      const { root, items } = await readFile(file)
      const [changed, result] = edit(items)
      if (changed !== items) await writeFile(file, { version: 1, ...root, consents: changed })
      return result
    })
    last = run.catch(() => undefined)
    return run
  }

  return {
    async hasConsent(project, server) {
      const key = { project: await realPath(project), server: server.name, command: hashCommand(server) }
      const { items } = await readFile(file).catch(() => EMPTY)
      return items.filter(isConsent).some((consent) => isSame(consent, key))
    },

    async grant(project, servers) {
      const real = await realPath(project)
      const grantedAt = now().toISOString()
      const wanted: Consent[] = [servers].flat().map((server) => {
        return { project: real, server: server.name, command: hashCommand(server), grantedAt }
      })
      await change((items) => {
        const known = items.filter(isConsent)
        const fresh = wanted.filter((consent) => !known.some((other) => isSame(other, consent)))
        return [fresh.length === 0 ? items : [...items, ...fresh], undefined]
      })
    },

    async list() {
      const { items } = await readFile(file).catch(() => EMPTY)
      return items.filter(isConsent)
    },

    async revoke(project, server) {
      const real = await realPath(project)
      return await change((items) => {
        const kept = items.filter(
          (item) => !isConsent(item) || item.project !== real || (server !== undefined && item.server !== server),
        )
        const removed = items.length - kept.length
        return [removed === 0 ? items : kept, removed]
      })
    },

    async problem() {
      return await readFile(file).then(
        () => undefined,
        (error: unknown) => `No project server has a recorded consent: ${renderError(error)}`,
      )
    },
  }
}

/** The same for the same command, whatever the order of the variables; different for any other. */
export function hashCommand({ command, args, env, cwd }: ServerSpec): string {
  const variables = Object.entries(env).sort(([one], [other]) => (one < other ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([command, args, variables, cwd ?? null]))
    .digest('hex')
}

const EMPTY: StoredFile = { root: {}, items: [] }

async function readFile(file: string): Promise<StoredFile> {
  const source = { file, code: 'settings-invalid' } as const
  const found = await readJsonFile(source)
  if (found === undefined) return EMPTY
  await refuseShared(file)
  const root = new JsonField(found.value, source)
  const items = root.member('consents')
  return {
    root: root.record(),
    items: items.present ? items.items('a list of consents').map(({ value }) => value) : [],
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

async function realPath(project: string): Promise<string> {
  return await realpath(project).catch(() => resolve(project))
}

function isConsent(value: unknown): value is Consent {
  return isRecord(value) && ['project', 'server', 'command', 'grantedAt'].every((key) => typeof value[key] === 'string')
}

function isSame(one: Omit<Consent, 'grantedAt'>, other: Omit<Consent, 'grantedAt'>): boolean {
  return one.project === other.project && one.server === other.server && one.command === other.command
}
