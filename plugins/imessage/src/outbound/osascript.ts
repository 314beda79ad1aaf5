/** Runs one script in a child of its own, with a time limit: a dialog that nobody answers holds up nothing else. */
import { spawn } from 'node:child_process'

export type ScriptResult =
  | { readonly kind: 'done' }
  /** AppleScript's own number, such as -1743, where there is one. */
  | { readonly kind: 'failed'; readonly code: number | undefined; readonly words: string }
  /** It was ended without an answer, by us or by something else: what it was about to do may have been done. */
  | { readonly kind: 'unanswered'; readonly words: string }

export interface ScriptOptions {
  readonly program: string
  readonly limitMs: number
  readonly signal: AbortSignal
}

const MOST_WORDS = 500
/** Its last words: `… execution error: Messages got an error: Can’t get chat id "…". (-1728)`. */
const CODE = /\((-?\d{1,6})\)\s*$/

/** @param script one of the constant ones @param args what varies; it becomes no part of the script */
export async function runScript(
  script: string,
  args: readonly string[],
  { program, limitMs, signal }: ScriptOptions,
): Promise<ScriptResult> {
  if (signal.aborted) return { kind: 'unanswered', words: 'the session ended' }
  const child = spawn(program, ['-', ...args], { stdio: ['pipe', 'ignore', 'pipe'] })
  let words = ''
  let why: string | undefined
  const end = (reason: string) => {
    why ??= reason
    child.kill('SIGKILL')
  }
  const abort = () => end('it was stopped')
  const timer = setTimeout(() => end(`there was no answer within ${limitMs / 1000} s`), limitMs)
  signal.addEventListener('abort', abort, { once: true })
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    if (words.length < MOST_WORDS) words += more
  })
  // One that ends before it has read the script is told by its status.
  child.stdin.on('error', () => {}).end(script)
  try {
    const { promise, resolve } = Promise.withResolvers<number | null | Error>()
    child.once('error', resolve)
    child.once('close', resolve)
    const status = await promise
    const said = words.trim().slice(0, MOST_WORDS)
    if (status instanceof Error) return { kind: 'failed', code: undefined, words: `${program}: ${status.message}` }
    if (why !== undefined || status === null) return { kind: 'unanswered', words: why ?? 'osascript was ended' }
    if (status === 0) return { kind: 'done' }
    const code = CODE.exec(said)?.[1]
    if (code === undefined && status > 128)
      return { kind: 'unanswered', words: `osascript ended with status ${status}` }
    return {
      kind: 'failed',
      code: code === undefined ? undefined : Number(code),
      words: said === '' ? `osascript ended with status ${status}` : said,
    }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}
