/** Which files the agent may see with no question asked: inside the project, by real path, and no likely secret. */
import { constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { BackchannelError, isRecord, toError } from '@backchannel/protocol'

const SECRET_NAMES = [
  /^\.env(\..+)?$/,
  /^\.envrc$/,
  /^\.netrc$/,
  /^\.(npm|yarn|pypi)rc(\.yml)?$/,
  /^id_(rsa|dsa|ecdsa|ed25519)/,
  /\.(pem|key|p12|pfx|jks|keystore|kdbx|asc|gpg)$/,
  /^(credentials?|secrets?|tokens?)(\.\w+)?$/,
  /^\.?(htpasswd|pgpass|git-credentials)$/,
  // Servers are often given their keys in it.
  /^\.mcp\.json$/,
]
const SECRET_FOLDERS = new Set(['.ssh', '.gnupg', '.aws', '.azure', '.kube', '.docker', '.backchannel', '.claude'])
/** The address of a repository may hold a token. */
const GIT_CONFIGURATION = /(^|\/)\.git\/(.*\/)?config(\.worktree)?$/

/** True for a path that by its name holds credentials or channel state. Letter case makes no difference. */
export function looksSecret(path: string): boolean {
  const parts = path.toLowerCase().split(/[\\/]/)
  const name = parts.at(-1) ?? ''
  return (
    SECRET_NAMES.some((secret) => secret.test(name)) ||
    parts.some((part) => SECRET_FOLDERS.has(part)) ||
    GIT_CONFIGURATION.test(parts.join('/'))
  )
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

/**
 * Opens a regular file of the project for reading.
 * @throws BackchannelError `file-unreadable` with the reason
 */
export async function openInProject(cwd: string, path: string): Promise<FileHandle> {
  const real = await resolveInProject(cwd, path)
  // A link or a pipe that took the file's place since then is not followed and not waited for.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const handle = await open(real, flags).catch((thrown: unknown) => {
    throw refused(path, explain(thrown), HINT)
  })
  try {
    const status = await handle.stat()
    if (status.isDirectory()) throw refused(path, 'it is a folder', 'List it instead.')
    if (!status.isFile()) throw refused(path, 'it is no regular file', 'Name a text file.')
    // Nor is a folder on the way that was replaced by a link.
    if ((await resolveInProject(cwd, path)) !== real) throw refused(path, 'it was replaced meanwhile', 'Try again.')
    return handle
  } catch (thrown) {
    await handle.close()
    throw thrown
  }
}

const HINT = 'Check the path; list the folder to see what is there.'

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
    throw refused(path, explain(thrown), HINT)
  }
}

/** Without the real path that the system's message holds: it may lie outside. */
function explain(thrown: unknown): string {
  switch (isRecord(thrown) ? thrown['code'] : undefined) {
    case 'ENOENT':
      return 'there is no such file'
    case 'ENOTDIR':
      return 'a part of the path is no folder'
    case 'EACCES':
    case 'EPERM':
      return 'this user may not read it'
    case 'ELOOP':
      return 'its links lead in a circle'
    case 'ENAMETOOLONG':
      return 'the path is too long'
    case 'ERR_INVALID_ARG_VALUE':
      return 'that is no path'
    default:
      return toError(thrown).message
  }
}

function refused(path: string, why: string, hint: string): BackchannelError {
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path
  return new BackchannelError('file-unreadable', `Reading ${shown} is refused: ${why}.`, { hint })
}
