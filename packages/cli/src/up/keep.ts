/** Holds accounts with no session: starts the channels as a session would, with nobody who takes a turn. */
import { homedir } from 'node:os'
import {
  type Agent,
  createPlainRenderer,
  EventStream,
  type HostPaths,
  prepareSession,
  readSettings,
  startSession,
} from '@backchannel/host'
import type { PluginEntry } from '@backchannel/protocol'
import { onSignals } from '../signals.ts'

export interface KeepOptions {
  readonly entries: readonly PluginEntry[]
  readonly builtIn: string
  readonly paths: HostPaths
  /** One line of what goes on. */
  write(line: string): void
  /** Once every channel has been registered or refused: whether one is there. */
  ready(isHeld: boolean): Promise<void> | void
}

const EXIT = { ended: 0, refused: 3 } as const

/** Runs until a signal ends it. @returns the exit code @throws BackchannelError of settings that can't be used */
export async function keepAccounts({ entries, builtIn, paths, write, ready }: KeepOptions): Promise<number> {
  // No project's servers, and no project's settings.
  const cwd = homedir()
  const { settings } = await readSettings({ paths, cwd, project: false })
  const stopped = new AbortController()
  const stream = new EventStream()
  const lines = createPlainRenderer(stream, { write: (text) => write(text.trimEnd()) }, { color: false })
  let end = (_reason: string): void => stopped.abort()
  const stopSignals = onSignals((reason) => end(reason))
  try {
    const prepared = await prepareSession({
      ...{ cwd, paths, builtIn, home: homedir(), platform: process.platform },
      env: { ...process.env, BACKCHANNEL_KEEPER: '1' },
      named: entries.map((entry) => ({ entry, optIn: 'channels' })),
      onlyNamed: true,
      mcpConfig: undefined,
      managedSettings: undefined,
      acceptDevelopment: false,
      dialogs: undefined,
      allowedChannels: async () => settings.allowedChannels,
      signal: stopped.signal,
    })
    if (prepared === 'declined') return EXIT.ended
    const session = startSession({ ...prepared, agent: NOBODY, cwd, limits: settings.limits, stream })
    end = (reason) => void session.end(reason)
    await Promise.race([session.settled, session.ended])
    const isHeld = session.channels.channels.some(
      ({ state }) => state.kind === 'registered' || state.kind === 'restarting',
    )
    await ready(isHeld)
    if (!isHeld) await session.end('every-channel-refused')
    await session.ended
    return isHeld ? EXIT.ended : EXIT.refused
  } finally {
    stopSignals()
    await lines.close()
  }
}

/** A channel that is shared hands a process without a session nothing; if one did, its event is for the next session. */
const NOBODY: Agent = {
  name: 'none',
  start: async () => {},
  run: () => Promise.reject(new Error('there is no agent here')),
  close: async () => {},
}
