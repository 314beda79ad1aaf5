/** The secrets of a source: written out or named by an environment variable, checked, and never shown. */
import type { Environment } from '../config.ts'
import type { Scheme } from '../schemes/scheme.ts'
import { inside, type Place, readList, readText, refuse } from './fields.ts'

/** How many may be in force at once. */
const MOST_SECRETS = 10
const PREFIX = 'env:'
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,100}$/

export interface ResolvedSecrets {
  readonly secrets: readonly string[]
  /** Why some, or all, can't be used: sentences without the secrets. */
  readonly problems: readonly string[]
}

/** The secrets as they are written, each checked; values are never quoted. @throws BackchannelError `settings-invalid` */
export function readSecrets(value: unknown, place: Place, scheme: Scheme): readonly string[] {
  const list = readList(value, place, 1, MOST_SECRETS)
  return list.map((one, index) => {
    const at = inside(place, index)
    if (typeof one !== 'string') return refuse(at, 'a secret as a text, or "env:" and a variable', `a ${typeof one}`)
    if (one.startsWith(PREFIX)) {
      const expected = '"env:" and the name of an environment variable'
      return readText(one, at, { expected, pattern: /^env:[A-Za-z_][A-Za-z0-9_]{0,100}$/, most: 110 })
    }
    const problem = scheme.checkSecret(one)
    return problem === undefined
      ? one
      : refuse(at, `a secret for the scheme "${scheme.name}"`, `one of which ${problem}`)
  })
}

export function isVariable(name: string): boolean {
  return VARIABLE.test(name)
}

/** The values: a variable that is not set, or holds no usable secret, is a problem of that source alone. */
export function resolveSecrets(written: readonly string[], scheme: Scheme, env: Environment): ResolvedSecrets {
  const secrets: string[] = []
  const problems: string[] = []
  for (const one of written) {
    const variable = one.startsWith(PREFIX) ? one.slice(PREFIX.length) : undefined
    const secret = variable === undefined ? one : (env[variable] ?? '').trim()
    const problem = variable === undefined ? undefined : secret === '' ? 'is not set' : scheme.checkSecret(secret)
    if (problem === undefined) secrets.push(secret)
    else problems.push(secret === '' ? `${variable} is not set` : `the secret in ${variable} can't be used: ${problem}`)
  }
  return { secrets, problems }
}

/** For lists: a variable's name, else the last four characters of a secret that is long enough to spare them. */
export function maskSecret(written: string): string {
  if (written.startsWith(PREFIX)) return written
  return written.length >= 24 ? `…${written.slice(-4)}` : '…'
}
