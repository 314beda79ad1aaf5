/**
 * Every process that a program has started, whatever parent or group it has by now: agents run their shells in groups of their
 * own, which outlive them. They are known by a mark in their environment, which children inherit, and by their parents.
 */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Goes into the environment of the program that is started. */
export interface ProcessMark {
  readonly name: 'BACKCHANNEL_AGENT_MARK'
  readonly value: string
}

interface FoundProcess {
  readonly pid: number
  readonly parent: number
  /** It has the mark. */
  readonly marked: boolean
}

/** A process that forks while it is looked for is found in a later round. */
const MOST_ROUNDS = 50
const BETWEEN_ROUNDS_MS = 20

const tracked = new Set<string>()
let watchesExit = false

/** From now on what bears the mark is killed when this process ends, until {@link killMarked} has done so. */
export function createMark(): ProcessMark {
  const value = randomBytes(12).toString('hex')
  tracked.add(value)
  if (!watchesExit) {
    watchesExit = true
    process.on('exit', () => {
      for (const left of tracked) killAll(findMarked(left))
    })
  }
  return { name: 'BACKCHANNEL_AGENT_MARK', value }
}

/** Resolves when none of them runs any more, or after a second: what is stuck in the kernel cannot be waited for. */
export async function killMarked({ value }: ProcessMark): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const found = findMarked(value)
    if (found.length === 0) break
    killAll(found)
    await sleep(BETWEEN_ROUNDS_MS)
  }
  tracked.delete(value)
}

/** Those that bear the mark, with all their descendants. Windows has no such list: there a group's children end with it. */
export function findMarked(value: string): number[] {
  const text = `BACKCHANNEL_AGENT_MARK=${value}`
  const all = process.platform === 'linux' ? readProc(text) : process.platform === 'win32' ? [] : readPs(text)
  const found = new Set(all.filter(({ marked }) => marked).map(({ pid }) => pid))
  for (let before = -1; before < found.size; ) {
    before = found.size
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid)
  }
  found.delete(process.pid)
  return [...found]
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
}

function readProc(text: string): FoundProcess[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      // After the program's name, which may hold anything: state, parent.
      const [state, parent] = afterName(readFileSync(`/proc/${name}/stat`, 'latin1')).split(' ')
      if (state === 'Z' || state === 'X') return []
      return [{ pid: Number(name), parent: Number(parent), marked: readEnvironment(name).includes(text) }]
    } catch {
      // It has ended meanwhile.
      return []
    }
  })
}

function afterName(stat: string): string {
  return stat.slice(stat.lastIndexOf(')') + 2)
}

/** Empty for a process of somebody else. */
function readEnvironment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return ''
  }
}

function readPs(text: string): FoundProcess[] {
  try {
    const listed = execFileSync('ps', ['-axwwE', '-o', 'pid=,ppid=,stat=,command='], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    return listed.split('\n').flatMap((line) => {
      const [, pid, parent, state = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)/.exec(line) ?? []
      if (pid === undefined || state.startsWith('Z')) return []
      return [{ pid: Number(pid), parent: Number(parent), marked: line.includes(text) }]
    })
  } catch {
    return []
  }
}
