/**
 * Fetches one revision of a repository with the git of the machine. What git is told is fixed here: no hooks, no
 * submodules, no helper programs, no questions, and no credentials in an argument.
 */
import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BackchannelError, toError } from '@backchannel/protocol'
import { baseEnvironment } from '../../channels/environment.ts'
import { releaseGroup, signalGroup, trackGroup } from '../../processes/group.ts'
import { hideCredentials } from './credentials.ts'
import { FETCH_LIMITS, type FetchLimits, watchSize } from './size-watch.ts'

export interface FetchRequest {
  readonly url: string
  /** A branch, a tag or a commit. Default: the repository's own branch. */
  readonly ref?: string
  readonly credentials?: string
  /** An empty folder. */
  readonly into: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly limits?: FetchLimits
  /** Told git's own progress, such as `Receiving objects:  42% (21/50)`. */
  progress(detail: string): void
}

/** Of a user's settings for git, what decides how a repository is reached. */
const PASSED = /^(SSH_AUTH_SOCK|SSH_AGENT_PID|GIT_SSH|GIT_SSH_COMMAND|GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|GIT_SSL_\w+)$/
/** Beside these, `git` knows transports that run any command. */
const PROTOCOLS = 'https:http:ssh:file'
const FIXED = [
  ...['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'submodule.recurse=false'],
  ...['-c', 'protocol.version=2', '-c', 'gc.auto=0', '-c', 'maintenance.auto=false', '-c', 'advice.detachedHead=false'],
]
const MOST_WORDS = 2_000

/** @returns the commit; its files lie in `into`, without `.git`. @throws BackchannelError `fetch-failed`, `plugin-too-large` */
export async function fetchRepository(request: FetchRequest): Promise<string> {
  const { url, ref = 'HEAD', into, limits = FETCH_LIMITS } = request
  const stop = new AbortController()
  const size = watchSize(into, limits, (error) => stop.abort(error))
  const deadline = AbortSignal.timeout(limits.milliseconds)
  const signal = AbortSignal.any([request.signal, stop.signal, deadline])
  const git = (...args: readonly string[]) => runGit(args, { ...request, signal })
  try {
    await git('init', '--quiet', '--template=', '--initial-branch=fetched')
    await git('fetch', '--progress', '--depth=1', '--no-tags', '--no-recurse-submodules', '--', url, ref)
    const commit = (await git('rev-parse', '--verify', 'FETCH_HEAD^{commit}')).trim()
    await git('checkout', '--quiet', '--detach', commit)
    await size.check()
    await rm(join(into, '.git'), { recursive: true, force: true })
    return commit
  } catch (thrown) {
    request.signal.throwIfAborted()
    if (stop.signal.aborted) throw stop.signal.reason
    if (deadline.aborted) throw failed(url, `it took more than ${limits.milliseconds / 1000} seconds`)
    throw BackchannelError.is(thrown) ? thrown : failed(url, toError(thrown).message, thrown)
  } finally {
    size.close()
  }
}

function runGit(args: readonly string[], { into, url, ...request }: FetchRequest): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  // In a session of its own, so that neither git nor ssh finds a terminal to ask at, and none of them is left behind.
  const child = spawn('git', [...FIXED, ...args], {
    cwd: into,
    env: environment({ into, url, ...request }),
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = () => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL')
  if (child.pid !== undefined) trackGroup(child.pid)
  request.signal.addEventListener('abort', stop, { once: true })
  let words = ''
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    const text = chunk.toString()
    words = `${words}${text}`.slice(-2 * MOST_WORDS)
    const progress = text.split(/[\r\n]/).findLast((line) => line.includes('%'))
    if (progress !== undefined) request.progress(hideCredentials(progress.trim()))
  })
  child.once('error', (thrown) => {
    request.signal.removeEventListener('abort', stop)
    const isMissing = (thrown as NodeJS.ErrnoException).code === 'ENOENT'
    reject(isMissing ? withoutGit(thrown) : failed(url, thrown.message, thrown))
  })
  child.once('close', (status) => {
    if (child.pid !== undefined) releaseGroup(child.pid)
    request.signal.removeEventListener('abort', stop)
    if (status === 0 && !request.signal.aborted) resolve(output)
    else reject(failed(url, explain(words) || `git ended with status ${status}`))
  })
  if (request.signal.aborted) stop()
  return promise
}

function environment({ env, url, credentials }: FetchRequest): Record<string, string> {
  const own = Object.entries(env).flatMap(([name, value]) =>
    value && PASSED.test(name) ? [[name, value] as const] : [],
  )
  return {
    ...baseEnvironment(env, process.platform),
    ...Object.fromEntries(own),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_ALLOW_PROTOCOL: PROTOCOLS,
    GIT_LFS_SKIP_SMUDGE: '1',
    GCM_INTERACTIVE: 'never',
    ...(credentials === undefined ? {} : authorization(url, credentials)),
  }
}

/** As configuration in the environment, which other users cannot read, for this server alone and never after a redirect. */
function authorization(url: string, credentials: string): Record<string, string> {
  const header = `Authorization: Basic ${Buffer.from(credentials).toString('base64')}`
  return {
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: `http.${new URL(url).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: header,
    GIT_CONFIG_KEY_1: 'http.followRedirects',
    GIT_CONFIG_VALUE_1: 'false',
  }
}

/** The lines in which git says what is wrong, without its progress. */
function explain(words: string): string {
  const lines = hideCredentials(words)
    .split(/[\r\n]+/)
    .map((line) => line.replace(/^(fatal|error|remote): */, '').trim())
    .filter((line) => line !== '' && !/\d+% |^(From|hint:|Please make sure|and the repository exists)/.test(line))
  return lines.slice(0, 3).join('; ').slice(0, MOST_WORDS)
}

function failed(url: string, what: string, cause?: unknown): BackchannelError {
  return new BackchannelError(
    'fetch-failed',
    `${hideCredentials(url)} could not be fetched: ${what.replace(/\.$/, '')}.`,
    {
      hint: 'Check the address, the network and your rights. Nothing was changed.',
      ...(cause === undefined ? {} : { cause }),
    },
  )
}

function withoutGit(cause: unknown): BackchannelError {
  return new BackchannelError(
    'fetch-failed',
    'Repositories are fetched with git, and there is no command "git" here.',
    {
      hint: 'Install git, or add the marketplace as a folder.',
      cause,
    },
  )
}
