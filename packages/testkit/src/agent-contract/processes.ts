/** The processes of a session, seen from outside: which of them are the agent's, and what they were started with. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

export interface SeenProcess {
  readonly pid: number
  readonly parent: number
  readonly environment: readonly string[]
}

export const canLook: boolean = process.platform === 'linux'

/** Every process of agents is started with it in its environment (packages/host/src/processes). */
const MARK = 'BACKCHANNEL_AGENT_MARK='

/** All that run below a process. */
export function descendantsOf(pid: number): readonly SeenProcess[] {
  const all = listProcesses()
  const found = new Set([pid])
  for (let before = 0; before < found.size; ) {
    before = found.size
    for (const { pid: child, parent } of all) if (found.has(parent)) found.add(child)
  }
  return all.filter((seen) => seen.pid !== pid && found.has(seen.pid))
}

/** The process that a session has started for its agent. */
export function agentProcess(session: number): SeenProcess | undefined {
  return descendantsOf(session).find((seen) => seen.parent === session && isAgents(seen))
}

/** Those of the agent and of what it has started, wherever they are. */
export function agentProcesses(agent: SeenProcess): readonly SeenProcess[] {
  const mark = agent.environment.find((variable) => variable.startsWith(MARK))
  return mark === undefined ? [] : listProcesses().filter(({ environment }) => environment.includes(mark))
}

export function isAgents({ environment }: SeenProcess): boolean {
  return environment.some((variable) => variable.startsWith(MARK))
}

function listProcesses(): readonly SeenProcess[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (state === 'Z' || state === 'X') return []
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').filter(Boolean)
      return [{ pid: Number(name), parent: Number(parent), environment }]
    } catch {
      return []
    }
  })
}
