/** Finds out who has a port, so that "port in use" can say which process to stop. */
import type { ExecFileException } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'

export interface PortHolder {
  readonly pid: number
  /** The command line, at most 100 characters; the program's name where the system gives no more. */
  readonly command: string
}

/** What the search may cost: it runs before an error is told. */
const SEARCH_LIMIT_MS = 1500

/**
 * The process that listens on a local TCP port. Best effort: `undefined` when nothing listens, when the process belongs
 * to another user or container, and after 1.5 seconds.
 */
export async function findPortHolder(port: number): Promise<PortHolder | undefined> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), SEARCH_LIMIT_MS)
  try {
    if (process.platform === 'win32') return await askNetstat(port, deadline.signal)
    return (await readProc(port, deadline.signal)) ?? (await askLsof(port, deadline.signal))
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

async function readProc(port: number, signal: AbortSignal): Promise<PortHolder | undefined> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => '')),
  )
  const sockets = new Set(tables.flatMap((table) => listeningSockets(table, port)))
  if (sockets.size === 0) return undefined
  for (const pid of othersFirst((await readdir('/proc')).map(Number))) {
    if (signal.aborted) return undefined
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')
      if (!sockets.has(target)) continue
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      return { pid, command: tidy(line) }
    }
  }
  return undefined
}

/** Rows read `sl local:port remote:port state … inode …`; state 0A is LISTEN, the port is hexadecimal. */
function listeningSockets(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .filter((cells) => cells[1]?.endsWith(suffix) && cells[3] === '0A')
    .map((cells) => `socket:[${cells[9] ?? ''}]`)
}

async function askLsof(port: number, signal: AbortSignal): Promise<PortHolder | undefined> {
  const fields = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp'], signal)
  const [pid] = othersFirst(Array.from(fields.matchAll(/^p(\d+)$/gm), (match) => Number(match[1])))
  if (pid === undefined) return undefined
  const line = await run('ps', ['-o', 'command=', '-p', String(pid)], signal).catch(() => '')
  return { pid, command: tidy(line) }
}

async function askNetstat(port: number, signal: AbortSignal): Promise<PortHolder | undefined> {
  const rows = (await run('netstat', ['-ano'], signal)).split('\n').map((row) => row.trim().split(/\s+/))
  // A listening row has a remote port of 0; the word for its state depends on the system's language.
  const listening = rows.filter((cells) => cells[1]?.endsWith(`:${port}`) && cells[2]?.endsWith(':0'))
  const [pid] = othersFirst(listening.map((cells) => Number(cells.at(-1))))
  if (pid === undefined) return undefined
  const line = await run('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'], signal).catch(() => '')
  return { pid, command: tidy(/^"([^"]+)"/m.exec(line)?.[1] ?? '') }
}

/** This process may have the port on the other loopback address already, and is then not whom the search is for. */
function othersFirst(pids: readonly number[]): number[] {
  return pids.filter(Number.isInteger).sort((one, other) => Number(one === process.pid) - Number(other === process.pid))
}

async function run(command: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  const { execFile } = process.getBuiltinModule('node:child_process')
  return new Promise((resolve, reject) => {
    execFile(command, args, { signal, windowsHide: true }, (error: ExecFileException | null, stdout: string) => {
      if (error === null) resolve(stdout)
      else reject(error)
    })
  })
}

/** A command line is another program's text: control characters must not reach a terminal. */
function tidy(line: string): string {
  const text = line.replace(/[\p{C}\s]+/gu, ' ').trim()
  if (text === '') return 'unknown command'
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}
