/** Files that no chat gets to see, by what they are and where they lie: state of channels, keys, tokens. */

import { realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, join, sep } from 'node:path'

export interface Guard {
  /** Folders of state, by their real paths. */
  readonly state: readonly string[]
  /** A folder within those whose files may be sent: what came in over this channel. */
  readonly inbox: string
}

/** Folders below the home folder in which keys and tokens lie. */
const SECRET_FOLDERS = [
  '.ssh',
  '.gnupg',
  '.aws',
  '.azure',
  '.kube',
  '.docker',
  '.config/gcloud',
  '.config/gh',
  '.password-store',
]
/** Files that hold a key or a token whatever folder they lie in. */
const SECRET_NAMES =
  /^(?:\.env(?:\..*)?|\.netrc|_netrc|\.npmrc|\.pypirc|\.pgpass|\.git-credentials|\.credentials\.json|id_(?:rsa|dsa|ecdsa|ed25519)(?!.*\.pub$).*|.*\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk))$/i
/** Names that look like those and are made to be shown. */
const EXAMPLES = /^\.env\.(?:example|sample|template|dist)$/i
const SYSTEM = ['/proc', '/dev', '/sys']

/** What is guarded for a channel with this state; folders that are not there are left out. */
export async function createGuard(stateDirectory: string, env: NodeJS.ProcessEnv): Promise<Guard> {
  const home = homeOf(env)
  const roots = [
    stateDirectory,
    join(env['CLAUDE_CONFIG_DIR'] || join(home, '.claude'), 'channels'),
    join(home, '.claude', 'channels'),
    env['BACKCHANNEL_HOME'] || join(home, '.backchannel'),
  ]
  // A channel's folder may lie elsewhere.
  for (const [name, value] of Object.entries(env)) if (name.endsWith('_STATE_DIR') && value) roots.push(value)
  const real = await Promise.all(roots.map((root) => realpath(root).catch(() => root)))
  const inbox = join(stateDirectory, 'inbox')
  return { state: [...new Set(real)], inbox: await realpath(inbox).catch(() => inbox) }
}

/** @param path a real path @returns what it is, where it is not to be sent */
export function findSecret(
  path: string,
  { state, inbox }: Guard,
  env: NodeJS.ProcessEnv,
): 'state' | 'secret' | undefined {
  if (isWithin(path, inbox)) return undefined
  if (state.some((root) => isWithin(path, root))) return 'state'
  if (SYSTEM.some((root) => isWithin(path, root))) return 'secret'
  const home = homeOf(env)
  if (SECRET_FOLDERS.some((folder) => isWithin(path, join(home, folder)))) return 'secret'
  const name = basename(path)
  return SECRET_NAMES.test(name) && !EXAMPLES.test(name) ? 'secret' : undefined
}

/** Whether the beginning of a file is that of a private key, whatever it is called. */
export function isPrivateKey(head: Buffer): boolean {
  return /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/.test(head.toString('latin1'))
}

export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

function homeOf(env: NodeJS.ProcessEnv): string {
  return (process.platform === 'win32' ? env['USERPROFILE'] : env['HOME']) || homedir()
}
