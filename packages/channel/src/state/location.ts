/** Where a channel's state lies, so that an existing set-up of the official plugins goes on working untouched. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Official plugins that do not know `CLAUDE_CONFIG_DIR`: what they left below `~/.claude` is still theirs. */
const IGNORE_CONFIG_DIRECTORY: ReadonlySet<string> = new Set(['discord', 'fakechat', 'imessage'])

/**
 * The state directory of channel `name`, as an absolute path; nothing is created.
 * 1. `<NAME>_STATE_DIR`, where set and not empty (`telegram-work` reads `TELEGRAM_WORK_STATE_DIR`);
 * 2. else `channels/<name>` below `CLAUDE_CONFIG_DIR`, or below `~/.claude` where that is unset or empty;
 * 3. except that for discord, fakechat and imessage an existing `~/.claude/channels/<name>` goes before a directory
 *    below `CLAUDE_CONFIG_DIR` that does not exist.
 */
export function stateDirectory(
  name: string,
  env: NodeJS.ProcessEnv,
  exists: (path: string) => boolean = existsSync,
): string {
  const own = env[`${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_STATE_DIR`]
  if (own) return resolve(own)
  const home = join(homeDirectory(env), '.claude', 'channels', name)
  const configured = env['CLAUDE_CONFIG_DIR']
  if (!configured) return home
  const directory = resolve(configured, 'channels', name)
  return IGNORE_CONFIG_DIRECTORY.has(name) && !exists(directory) && exists(home) ? home : directory
}

/** Where accounts are held for all state folders of this user, wherever those are; nothing is created. */
export function accountsDirectory(env: NodeJS.ProcessEnv): string {
  return join(homeDirectory(env), '.claude', 'channels', '.accounts')
}

/** The given environment decides, so that a channel with a `HOME` of its own finds its own state. */
function homeDirectory(env: NodeJS.ProcessEnv): string {
  return (process.platform === 'win32' ? env['USERPROFILE'] : env['HOME']) || homedir()
}
