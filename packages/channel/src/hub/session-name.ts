/** What a session is called in chats: the name it was given, else that of its folder; where two are alike, a number follows. */
import { basename } from 'node:path'

/** Set by the host, or by whoever starts a stock host. */
export const SESSION_NAME_VARIABLE = 'BACKCHANNEL_SESSION_NAME'
/** The same for as long as the session lives, also when its channel's process is started again. */
export const SESSION_ID_VARIABLE = 'BACKCHANNEL_SESSION_ID'
/** Set by `backchannel up`: this process holds the account, and has no session of its own. */
export const KEEPER_VARIABLE = 'BACKCHANNEL_KEEPER'

const LONGEST = 40

export function sessionName(env: Readonly<Record<string, string | undefined>>, cwd: string): string {
  const given = [env[SESSION_NAME_VARIABLE], basename(env['CLAUDE_PROJECT_DIR'] ?? ''), basename(cwd)]
  return given.map((name) => cleanName(name ?? '')).find((name) => name !== '') ?? 'session'
}

/** One word that can be typed: letters and digits of any script, `.`, `_` and `-`. */
export function cleanName(name: string): string {
  const clean = name.toWellFormed().replace(/[^\p{L}\p{N}._-]+/gu, '-')
  return [...clean.replace(/^[-.]+/, '')].slice(0, LONGEST).join('').replace(/-+$/, '')
}

/** @param taken names of other sessions */
export function uniqueName(wanted: string, taken: ReadonlySet<string>): string {
  const name = cleanName(wanted) || 'session'
  const isTaken = (one: string) => [...taken].some((other) => sameName(one, other))
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}-${number}`
    if (!isTaken(candidate)) return candidate
  }
}

/** Nobody has to type capitals on a phone. */
export function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
