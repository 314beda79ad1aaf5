/** Which names are likely to hold credentials: such files are never opened without an approval. */

const SECRET_NAMES = [
  /^\.env/,
  /^\.?netrc$/,
  /^\.(npm|yarn|pypi|gem)rc(\.yml)?$/,
  /^id_(rsa|dsa|ecdsa|ed25519|xmss)/,
  /^id_[^.]*$/,
  /\.(pem|key|ppk|p8|p12|pfx|jks|keystore|kdbx|asc|gpg|ovpn)$/,
  /^\.?(credentials?|secrets?|tokens?)(\.\w+)?$/,
  /^\.?credentials?(?:$|[._-])/,
  /^client_secret.*\.json$/,
  /^service[-_]?account.*\.json$/,
  /^\.?(htpasswd|pgpass|my\.cnf|boto|s3cfg)$/,
  /^\.?git-credentials$/,
  /^kubeconfig/,
  /\.kubeconfig$/,
  /\.tfstate(\.backup)?$/,
  /\.tfvars(\.json)?$/,
  // Servers are often given their keys in it.
  /^\.mcp\.json$/,
]
const SECRET_FOLDERS = new Set([
  ...['.ssh', '.gnupg', '.aws', '.azure', '.kube', '.docker', '.gcloud', '.password-store'],
  ...['.backchannel', '.claude'],
])
/** The address of a repository may hold a token. */
const GIT_CONFIGURATION = /(^|\/)\.git\/(.*\/)?config(\.worktree)?$/
/** What the system tells about a process holds its variables, and those hold keys. */
const PROCESS_STATE = /(^|\/)proc\/(.*\/)?(environ|cmdline|mem|fd)(\/|$)/
/** Below these, a file that is written may run later: hooks, tasks, settings of an editor. */
const RUNS_LATER = new Set([
  ...['.git', '.husky', '.vscode', '.idea', '.devcontainer', '.gitconfig', '.gitmodules', '.ripgreprc'],
  ...[
    '.bashrc',
    '.bash_profile',
    '.bash_login',
    '.bash_logout',
    '.profile',
    '.zshrc',
    '.zshenv',
    '.zprofile',
    '.zlogin',
  ],
])

/** True for a path that by its name holds credentials or channel state. Letter case makes no difference. */
export function looksSecret(path: string): boolean {
  const parts = path.toLowerCase().split(/[\\/]/)
  const name = parts.at(-1) ?? ''
  const whole = parts.join('/')
  return (
    SECRET_NAMES.some((secret) => secret.test(name)) ||
    parts.some((part) => SECRET_FOLDERS.has(part)) ||
    GIT_CONFIGURATION.test(whole) ||
    PROCESS_STATE.test(whole)
  )
}

/** True for a file that is harmless to read, and that something runs or obeys once it is written. */
export function runsLater(path: string): boolean {
  return path
    .toLowerCase()
    .split(/[\\/]/)
    .some((part) => RUNS_LATER.has(part))
}
