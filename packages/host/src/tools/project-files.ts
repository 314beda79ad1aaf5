/** Which files the agent may see with no question asked: inside the project, by real path, and no likely secret. */
import { realpath } from 'node:fs/promises'
import { basename, isAbsolute, relative, resolve, sep } from 'node:path'
import { BackchannelError, isRecord, toError } from '@backchannel/protocol'

const SECRET_NAMES = [
  /^\.env(\..+)?$/i,
  /^\.netrc$/i,
  /^\.npmrc$/i,
  /^\.pypirc$/i,
  /^id_(rsa|dsa|ecdsa|ed25519)/i,
  /\.(pem|key|p12|pfx|jks|keystore|kdbx|asc|gpg)$/i,
  /^(credentials?|secrets?|tokens?)(\.\w+)?$/i,
  /^\.?(htpasswd|pgpass|git-credentials)$/i,
]
const SECRET_FOLDERS = new Set(['.ssh', '.gnupg', '.aws', '.azure', '.kube', '.docker', '.backchannel', '.claude'])

/** True for a path that by its name holds credentials or channel state. */
export function looksSecret(path: string): boolean {
  const parts = path.split(/[\\/]/)
  return SECRET_NAMES.some((name) => name.test(basename(path))) || parts.some((part) => SECRET_FOLDERS.has(part))
}

/**
 * The real path of `path` if it lies inside the project and is no likely secret.
 * @throws BackchannelError `file-unreadable` with the reason
 */
export async function resolveInProject(cwd: string, path: string): Promise<string> {
  const root = await realpath(cwd)
  const named = resolve(root, path)
  // As written first, so that nothing tells which files exist outside; then where it really leads.
  assertInside(root, named, path)
  const real = await realPath(named, path)
  assertInside(root, real, path)
  return real
}

function assertInside(root: string, target: string, path: string): void {
  const inside = relative(root, target)
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw refused(path, 'it lies outside the project', 'Only files of the project folder are read without asking.')
  }
  if (looksSecret(inside)) throw refused(path, 'it looks like a secret', 'Open it yourself if you need what is in it.')
}

async function realPath(target: string, path: string): Promise<string> {
  try {
    return await realpath(target)
  } catch (thrown) {
    const missing = isRecord(thrown) && thrown['code'] === 'ENOENT'
    const why = missing ? 'there is no such file' : toError(thrown).message
    throw refused(path, why, 'Check the path; list the folder to see what is there.')
  }
}

function refused(path: string, why: string, hint: string): BackchannelError {
  return new BackchannelError('file-unreadable', `Reading ${path} is refused: ${why}.`, { hint })
}
