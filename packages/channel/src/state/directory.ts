/** Makes a channel's state directory. */
import { access, constants, mkdir, stat } from 'node:fs/promises'
import { BackchannelError, toError } from '@backchannel/protocol'

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
