/** The argument lists of the processes above this one: where a stock host shows which channels its session opted in. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'

export interface Ancestor {
  readonly arguments: readonly string[]
  /** True where the process shows a title of its own in place of its arguments. */
  readonly hidden: boolean
}

/** A process tree deeper than this is not walked. */
const MOST = 32
const PS_LIMIT_MS = 2_000

/**
 * Nearest first, up to the first process, which in a container is the host itself.
 * @returns `undefined` where they can't be read (Windows, a hidden /proc).
 */
export async function readAncestors(
  from: number = process.ppid,
  platform: NodeJS.Platform = process.platform,
): Promise<readonly Ancestor[] | undefined> {
  if (platform === 'linux') return walk(from, readLinuxProcess)
  if (platform === 'win32') return undefined
  const table = await readProcessTable()
  return table && walk(from, (pid) => Promise.resolve(table.get(pid)))
}

interface ProcessEntry extends Ancestor {
  readonly parent: number
}

async function walk(
  from: number,
  read: (pid: number) => Promise<ProcessEntry | undefined>,
): Promise<Ancestor[] | undefined> {
  const found: Ancestor[] = []
  for (let pid = from; pid > 0 && found.length < MOST; ) {
    const entry = await read(pid)
    if (!entry) break
    found.push({ arguments: entry.arguments, hidden: entry.hidden })
    pid = entry.parent
  }
  return found.length === 0 ? undefined : found
}

async function readLinuxProcess(pid: number): Promise<ProcessEntry | undefined> {
  try {
    const [line, status] = await Promise.all([
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ])
    const parent = Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? 0)
    // A title is written over the arguments, and the rest of their place filled with zeros.
    const hidden = /^[^\0]*\0{2,}$/.test(line)
    return { parent, hidden, arguments: line.replace(/\0+$/, '').split('\0') }
  } catch {
    return undefined
  }
}

/** Without /proc: `ps` joins arguments by spaces, so one with a space in it comes as several. */
async function readProcessTable(): Promise<Map<number, ProcessEntry> | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  execFile('ps', ['-axww', '-o', 'pid=,ppid=,args='], { timeout: PS_LIMIT_MS, maxBuffer: 16e6 }, (error, stdout) =>
    resolve(error ? undefined : stdout),
  )
  const output = await promise
  if (output === undefined) return undefined
  const table = new Map<number, ProcessEntry>()
  for (const line of output.split('\n')) {
    const [, pid, parent, text = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    if (pid !== undefined) {
      table.set(Number(pid), { parent: Number(parent), hidden: false, arguments: text.split(/\s+/) })
    }
  }
  return table
}
