/**
 * Who may be started from a project's `.mcp.json`: the operator's recorded consents. A consent holds for one server of
 * one project with exactly the command that was agreed to; change the command and the question comes again.
 */
import { createHash } from 'node:crypto'
import { isRecord, renderError } from '@backchannel/protocol'
import type { ServerSpec } from './config.ts'
import { createConsentFile, realFolder } from './consent-file.ts'

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

/**
 * @param file `~/.backchannel/consents.json`; written with mode 0600 in a folder of mode 0700.
 * `grant` and `revoke` throw `settings-invalid` rather than overwrite a file that cannot be read, and
 * `state-unwritable` where it cannot be written.
 */
export function createConsents(file: string, now: () => Date = () => new Date()): Consents {
  const stored = createConsentFile(file, 'consents')

  return {
    async hasConsent(project, server) {
      const key = { project: await realFolder(project), server: server.name, command: hashCommand(server) }
      const items = await stored.read().catch((): readonly unknown[] => [])
      return items.filter(isConsent).some((consent) => isSame(consent, key))
    },

    async grant(project, servers) {
      const real = await realFolder(project)
      const grantedAt = now().toISOString()
      const wanted: Consent[] = [servers].flat().map((server) => {
        return { project: real, server: server.name, command: hashCommand(server), grantedAt }
      })
      await stored.change((items) => {
        const known = items.filter(isConsent)
        const fresh = wanted.filter((consent) => !known.some((other) => isSame(other, consent)))
        return [fresh.length === 0 ? items : [...items, ...fresh], undefined]
      })
    },

    async list() {
      const items = await stored.read().catch((): readonly unknown[] => [])
      return items.filter(isConsent)
    },

    async revoke(project, server) {
      const real = await realFolder(project)
      return await stored.change((items) => {
        const kept = items.filter(
          (item) => !isConsent(item) || item.project !== real || (server !== undefined && item.server !== server),
        )
        const removed = items.length - kept.length
        return [removed === 0 ? items : kept, removed]
      })
    },

    async problem() {
      return await stored.read().then(
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

function isConsent(value: unknown): value is Consent {
  return isRecord(value) && ['project', 'server', 'command', 'grantedAt'].every((key) => typeof value[key] === 'string')
}

function isSame(one: Omit<Consent, 'grantedAt'>, other: Omit<Consent, 'grantedAt'>): boolean {
  return one.project === other.project && one.server === other.server && one.command === other.command
}
