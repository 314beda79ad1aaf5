/** What the processes below a client do, as the kernel tells it: which there are, and where they listen. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface ServerProcess {
  readonly pid: number
  readonly command: string
}

/** False where there is no /proc: then only the ports can be tried. */
export const canLook: boolean = existsSync('/proc/self/net/tcp')

/** The channel servers among the descendants of a process. */
export function findServers(root: number): ServerProcess[] {
  return findPrograms(root, 'start.cjs')
}

/** Those of its descendants whose command line has this in it. */
export function findPrograms(root: number, text: string): ServerProcess[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .flatMap((pid) => readProcess(pid) ?? [])
  const below = new Set([root])
  for (let size = 0; size < below.size; ) {
    size = below.size
    for (const { pid, parent } of processes) if (below.has(parent)) below.add(pid)
  }
  return processes.filter(({ pid, command }) => below.has(pid) && command.includes(text))
}

/** TCP ports on which a process listens. */
export function listeningPorts(pid: number): number[] {
  const sockets = new Set(
    tryToList(`/proc/${pid}/fd`).flatMap((name) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(tryToRead(() => readlinkSync(`/proc/${pid}/fd/${name}`))) ?? []
      return inode ?? []
    }),
  )
  return ['tcp', 'tcp6'].flatMap((table) =>
    tryToRead(() => readFileSync(`/proc/${pid}/net/${table}`, 'utf8'))
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTENING && sockets.has(fields[9] ?? ''))
      .map((fields) => Number.parseInt(fields[1]?.split(':')[1] ?? '', 16)),
  )
}

const LISTENING = '0A'

function readProcess(pid: number): (ServerProcess & { parent: number }) | undefined {
  const status = tryToRead(() => readFileSync(`/proc/${pid}/status`, 'utf8'))
  const command = tryToRead(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')
  const parent = Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? -1)
  return parent < 0 ? undefined : { pid, parent, command }
}

/** A process may be gone between two looks. */
function tryToRead(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}

function tryToList(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
