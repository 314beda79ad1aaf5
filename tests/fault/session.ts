/** Real sessions, one after the other, in one project: started, read, killed. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { StampedEvent } from '@backchannel/host'
import { signalGroup, waitFor } from '@backchannel/testkit'
import { COMMAND, type Project } from '../support/command.ts'
import { childrenOf } from '../support/processes.ts'
import type { Target } from './senders/sender.ts'
import type { Subject } from './subjects.ts'

export interface SessionOptions {
  readonly project: Pick<Project, 'path' | 'env'>
  readonly subject: Subject
  /** Laid over the project's environment. */
  readonly env: Readonly<Record<string, string>>
  /** Told of the port whenever the channel listens. */
  readonly target: Target
  received(event: Received): void
  /** The agent has begun its answer to the event; only after that is the event completed. */
  answered(id: string): void
  /** The agent has called its reply tool to answer the event; `ok` once that has ended. */
  replied?(id: string, ok: boolean | undefined): void
  /** What would be read first after a failure. */
  notice(text: string): void
}

/** What the demo agent answers to an event, through the channel or, where that is down, in the session. */
const ANSWER = /^I received this from [^:]*: (\S+) /

export type Received = Extract<StampedEvent, { type: 'event.received' }>

export interface RunningSession {
  /** The process of the channel; waits for one that is just being started. */
  channel(): Promise<number>
  /** Ends the wait of the back-off: a run has many kills, and a person would restart it too. */
  restartChannel(): void
  /** Times the channel has ended. */
  readonly channelEnds: number
  /** Resolves when the channel listens, in this session for the first time. */
  readonly listening: Promise<void>
  /** Sends a signal; resolves when everything it printed has been read. */
  end(signal: NodeJS.Signals): Promise<void>
}

export function startSession(options: SessionOptions): RunningSession {
  const { project, subject, target, notice } = options
  const args = ['--output-format', 'stream-json', '--input-format', 'stream-json', '--channels', subject.entry]
  const child = spawn(process.execPath, [COMMAND, ...args], {
    cwd: project.path,
    env: { ...project.env, ...options.env },
  })
  const listening = Promise.withResolvers<void>()
  /** Ids of the events that calls of the reply tool answer. */
  const calls = new Map<string, string>()
  let channelEnds = 0
  let ended = false

  const answer = (text: unknown) => {
    const id = ANSWER.exec(String(text))?.[1]
    if (id !== undefined) options.answered(id)
    return id
  }
  const take = (event: StampedEvent) => {
    switch (event.type) {
      case 'event.received':
        return options.received(event)
      case 'agent.text':
        return void answer(event.text)
      case 'tool.called': {
        const id = answer((event.input as { text?: unknown }).text)
        if (id === undefined) return
        calls.set(event.call_id, id)
        return options.replied?.(id, undefined)
      }
      case 'tool.finished': {
        const id = calls.get(event.call_id)
        return id === undefined ? undefined : options.replied?.(id, event.ok)
      }
      case 'channel.closed':
        channelEnds += 1
        return notice(`${event.entry} closed: ${event.reason}`)
      case 'channel.refused':
      case 'event.dropped':
        return notice(JSON.stringify(event))
      case 'notice': {
        const heard = subject.listening.exec(event.message)
        if (heard) {
          if (heard[1] !== undefined) target.port = Number(heard[1])
          listening.resolve()
        } else if (event.level !== 'info') notice(event.message)
      }
    }
  }
  // The last line of a killed session may be cut in the middle: that event was not printed.
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = parse(line)
    if (event) take(event)
    else notice(`a line that is no JSON: ${line.slice(0, 100)}`)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => notice(text.trimEnd()))
  child.stdin.on('error', () => {})
  const closed = once(child, 'close').then(() => {
    ended = true
    listening.resolve()
  })
  const send = (input: object) => {
    if (child.stdin.writable) child.stdin.write(`${JSON.stringify(input)}\n`)
  }

  return {
    channel: () =>
      waitFor(async () => (ended ? undefined : firstChild(child)), { what: 'a process of the channel', intervalMs: 1 }),
    restartChannel: () => send({ type: 'command', text: `/channels restart ${subject.name}` }),
    get channelEnds() {
      return channelEnds
    },
    listening: listening.promise,
    async end(signal) {
      child.kill(signal)
      await closed
    },
  }
}

async function firstChild({ pid = 0 }: ChildProcessWithoutNullStreams): Promise<number | undefined> {
  const [first] = await childrenOf(pid).catch(() => [])
  return first
}

/** `kill -9` of a process alone; false where it had ended already. */
export function killHard(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

/** What a run leaves behind when it is broken off. */
export function killGroups(pids: Iterable<number>): void {
  for (const pid of pids) signalGroup(pid, 'SIGKILL')
}

function parse(line: string): StampedEvent | undefined {
  try {
    return JSON.parse(line) as StampedEvent
  } catch {
    return undefined
  }
}
