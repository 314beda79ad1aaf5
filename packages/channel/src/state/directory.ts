/** Where a channel keeps its state, so that an existing set-up of the official plugins goes on working untouched. */
import { existsSync } from 'node:fs'
import { access, constants, mkdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { BackchannelError, toError } from '@backchannel/protocol'

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

/**
 * Creates `path` with its parents where it is missing, for its owner alone, and checks that files can be made in it.
 * The mode of an existing directory is left as it is.
 * @param mode of what is created; default 0700.
 * @throws BackchannelError `state-unwritable`, with the path, the system's error and what to do.
 */
export async function ensureDirectory(path: string, mode = 0o700): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode })
    if (!(await stat(path)).isDirectory()) throw new Error('it is not a directory')
    await access(path, constants.W_OK | constants.X_OK)
  } catch (thrown) {
    throw new BackchannelError(
      'state-unwritable',
      `The state directory ${path} can't be written: ${toError(thrown).message}.`,
      {
        hint: 'Give yourself write access to it, or name another directory (the variable ends in _STATE_DIR).',
        cause: thrown,
      },
    )
  }
}

/** The given environment decides, so that a channel with a `HOME` of its own finds its own state. */
function homeDirectory(env: NodeJS.ProcessEnv): string {
  return (process.platform === 'win32' ? env['USERPROFILE'] : env['HOME']) || homedir()
}
