/** A real terminal for tests: tmux on a socket of its own, with a shell in it that runs the driver. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'

const run = promisify(execFile)
const DEADLINE_MS = 15_000
const POLL_MS = 40
/** The shell's prompt; shown again, it tells that the driver has ended. */
const SHELL_PROMPT = 'SHELL-READY'

export interface TestTerminal {
  /** The screen as text, with trailing spaces cut. */
  screen(): Promise<string>
  /** @throws Error with the screen as it is, if `pattern` does not show in time */
  waitFor(pattern: RegExp | string): Promise<string>
  waitUntil(what: string, holds: () => Promise<boolean>): Promise<void>
  /** Characters, as typed. */
  type(text: string): Promise<void>
  /** Keys by their tmux names: `Enter`, `C-c`, `Up`. */
  press(...keys: string[]): Promise<void>
  /** A bracketed paste. */
  paste(text: string): Promise<void>
  resize(columns: number, rows: number): Promise<void>
  /** What tmux knows of the pane: `#{cursor_x}`, `#{alternate_on}`. */
  ask(format: string): Promise<string>
  /** What the driver logged. */
  logged(): Promise<readonly unknown[]>
  /** Waits for the shell, asks it for the terminal's modes, and gives them: ` icanon`, ` echo`, or with a minus. */
  modesAfterExit(): Promise<string>
  close(): Promise<void>
}

/** Whether tmux is here. In CI it must be. */
export async function hasTmux(): Promise<boolean> {
  try {
    await run('tmux', ['-V'])
    return true
  } catch (error) {
    if (process.env['CI'])
      throw new Error('tmux is needed to test the terminal, and is not installed.', { cause: error })
    process.stderr.write('The tests of the interactive terminal are skipped: tmux is not installed.\n')
    return false
  }
}

/** Bundles the driver, as the command is bundled. @returns the script's path */
export async function buildDriver(folder: string): Promise<string> {
  await build({
    entryPoints: { driver: join(import.meta.dirname, 'terminal.driver.ts') },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    splitting: true,
    jsx: 'automatic',
    external: ['react-devtools-core'],
    banner: { js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);" },
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  })
  return join(folder, 'driver.mjs')
}

export interface TestTerminalOptions {
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
  /** Where it is started. */
  readonly cwd?: string
  /** Arguments for the program; nothing in them is quoted. */
  readonly args?: readonly string[]
  /** What its first screen shows. */
  readonly shows?: string
}

export async function openTerminal(driver: string, options: TestTerminalOptions = {}): Promise<TestTerminal> {
  const folder = await mkdtemp(join(tmpdir(), 'backchannel-terminal-'))
  const socket = join(folder, 'tmux.sock')
  const log = join(folder, 'log')
  const { columns = 80, rows = 30, cwd = process.cwd(), args = [], shows = 'for commands' } = options
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    LANG: 'C.UTF-8',
    DRIVER_LOG: log,
    ...options.env,
  }
  const tmux = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('tmux', ['-S', socket, '-f', '/dev/null', '-u', ...args], {
      env: { ...env, TERM: 'xterm' },
    })
    return stdout
  }
  await writeFile(log, '')
  await tmux('new-session', '-d', '-s', 'test', '-x', `${columns}`, '-y', `${rows}`, `PS1='${SHELL_PROMPT}> ' exec sh`)

  const screen = async () => (await tmux('capture-pane', '-p', '-t', 'test')).trimEnd()
  const waitUntil = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    const deadline = performance.now() + DEADLINE_MS
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`${what} did not come. The screen:\n${await screen()}`)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }
  const waitFor = async (pattern: RegExp | string): Promise<string> => {
    let seen = ''
    await waitUntil(`${pattern}`, async () => {
      seen = await screen()
      return typeof pattern === 'string' ? seen.includes(pattern) : pattern.test(seen)
    })
    return seen
  }
  const type = async (text: string) => void (await tmux('send-keys', '-t', 'test', '-l', text))
  const press = async (...keys: string[]) => void (await tmux('send-keys', '-t', 'test', ...keys))

  const close = async () => {
    await tmux('kill-server').catch(() => {})
    await waitUntil('the end of tmux', async () => !existsSync(socket) || !(await alive(tmux)))
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await waitFor(SHELL_PROMPT)
    await type(`cd '${cwd}'; clear; ${[`'${process.execPath}' '${driver}'`, ...args].join(' ')}`)
    await press('Enter')
    await waitFor(shows)
  } catch (error) {
    await close()
    throw error
  }

  return {
    screen,
    waitFor,
    waitUntil,
    type,
    press,
    async paste(text) {
      await tmux('set-buffer', '--', text)
      await tmux('paste-buffer', '-p', '-t', 'test')
    },
    async resize(toColumns, toRows) {
      await tmux('resize-window', '-t', 'test', '-x', `${toColumns}`, '-y', `${toRows}`)
    },
    ask: async (format) => (await tmux('display-message', '-p', '-t', 'test', format)).trim(),
    async logged() {
      const lines = (await readFile(log, 'utf8')).split('\n')
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as unknown)
    },
    async modesAfterExit() {
      await waitFor(new RegExp(`${SHELL_PROMPT}>\\s*$`))
      // Written in two parts, so that the line as it is typed is not taken for its output.
      await type(`clear; stty -a; echo MODES-'END'`)
      await press('Enter')
      return waitFor(/MODES-END/)
    },
    close,
  }
}

async function alive(tmux: (...args: string[]) => Promise<string>): Promise<boolean> {
  return tmux('list-sessions').then(
    () => true,
    () => false,
  )
}
