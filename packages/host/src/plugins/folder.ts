/** Keeps what a marketplace or plugin names inside its own folder, by real paths: a link out is a way out. */
import { realpath } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import { errorCode } from '../json/read.ts'
import { quote } from '../text/quote.ts'

/**
 * The real path of `path` below `root`, which is a real path itself; `undefined` if nothing is there.
 * @throws BackchannelError `plugin-invalid` if it leads out of `root`.
 */
export async function resolveInside(root: string, path: string, named: string): Promise<string | undefined> {
  const target = resolve(root, path)
  if (isAbsolute(path) || path.includes('\0') || !isInside(root, target)) throw leaves(root, path, named)
  try {
    const real = await realpath(target)
    if (!isInside(root, real)) throw leaves(root, path, named)
    return real
  } catch (cause) {
    if (BackchannelError.is(cause)) throw cause
    if (errorCode(cause) === 'ENOENT') return undefined
    throw new BackchannelError('plugin-invalid', `${named}: ${target} cannot be read (${errorCode(cause)}).`, { cause })
  }
}

function isInside(root: string, target: string): boolean {
  const way = relative(root, target)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function leaves(root: string, path: string, named: string): BackchannelError {
  return new BackchannelError('plugin-invalid', `${named}: ${quote(path)} leads out of ${root}.`, {
    hint: 'Use a path that starts with "./" and stays inside the folder, without a link that leaves it.',
  })
}
