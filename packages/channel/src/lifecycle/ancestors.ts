/** The argument lists of the processes above this one: where a stock host shows which channels its session opted in. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** A process tree deeper than this is not walked. */
const MOST = 32
const PS_LIMIT_MS = 2_000

/** Nearest first; `undefined` where they can't be read (Windows, a hidden /proc). */
export async function readAncestors(from: number = process.ppid): Promise<readonly (readonly string[])[] | undefined> {
  if (process.platform === 'linux') return walk(from, readLinuxProcess)
  if (process.platform === 'win32') return undefined
  const table = await readProcessTable()
  return table && walk(from, (pid) => Promise.resolve(table.get(pid)))
}

interface ProcessEntry {
  readonly parent: number
  readonly arguments: readonly string[]
}

async function walk(
  from: number,
  read: (pid: number) => Promise<ProcessEntry | undefined>,
): Promise<string[][] | undefined> {
  const found: string[][] = []
  for (let pid = from; pid > 1 && found.length < MOST; ) {
    const entry = await read(pid)
    if (!entry) break
    found.push([...entry.arguments])
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
    return { parent, arguments: line.replace(/\0$/, '').split('\0') }
  } catch {
    return undefined
  }
}

async function readProcessTable(): Promise<Map<number, ProcessEntry> | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  execFile('ps', ['-axww', '-o', 'pid=,ppid=,args='], { timeout: PS_LIMIT_MS, maxBuffer: 16e6 }, (error, stdout) =>
    resolve(error ? undefined : stdout),
  )
  const output = await promise
  if (output === undefined) return undefined
  const table = new Map<number, ProcessEntry>()
  for (const line of output.split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)
    if (match) table.set(Number(match[1]), { parent: Number(match[2]), arguments: (match[3] ?? '').split(/\s+/) })
  }
  return table
}
