/** One session from the command line to its exit code. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import {
  askTrust,
  BYPASS_WARNING,
  createDebugFile,
  EventStream,
  type FrontEnd,
  HOST_VERSION,
  hostPaths,
  isTrusted,
  mayBypass,
  prepareSession,
  readSettings,
  readStreamJson,
  type Session,
  type SessionInput,
  type Surroundings,
  startSession,
} from '@backchannel/host'
import { chooseAgent, openConversations, sourcesOf } from './agent.ts'
import { isInteractive, openFrontEnd } from './front-end.ts'
import { isOpenPipe, OPEN_PIPE_WARNING } from './open-pipe.ts'
import { entriesOf, type SessionArguments } from './options.ts'
import { createPluginCommand } from './plugin-command.ts'
import { readPrompt } from './prompt.ts'
import { onSignals } from './signals.ts'

const EXIT = { ended: 0, failed: 1, usage: 2, refused: 3 } as const

/** What is built beside the command. */
export interface Places {
  /** The folder of the built-in marketplace. */
  readonly builtIn: string
  /** The program of the bridge between an agent and the tools of channels. */
  readonly bridge: string
}

/**
 * Runs until the session has ended (docs/sessions.md says when that is).
 * @returns the exit code
 */
export async function runSession(given: SessionArguments, { builtIn, bridge }: Places): Promise<number> {
  const cwd = process.cwd()
  const paths = hostPaths(process.env, process.platform, homedir())
  const interactive = isInteractive(given)
  const isKnown = await isTrusted(cwd, paths)
  const asksTrust = interactive && !isKnown
  const read = (project: boolean) => readSettings({ paths, cwd, project, ...optional('extra', given.settings) })
  const configure = async ({ settings, warnings }: Awaited<ReturnType<typeof read>>) => {
    const mode = given.permissionMode ?? settings.permissions.defaultMode ?? 'default'
    const asked = given.agent ?? settings.agent
    return {
      settings,
      warnings,
      mode,
      ...(await chooseAgent({ asked, command: given.agentCommand, bridge, env: process.env, home: homedir() })),
    }
  }
  let configured = await configure(await read(!asksTrust))
  const { settings } = configured
  // What a project's file may say of the mode only takes away.
  if (configured.mode === 'bypassPermissions' && !mayBypass(surroundings(), given.allowRoot)) return refuseRoot()
  const prompt = await readPrompt(given, interactive, settings.channels.length > 0)
  if (prompt === 'missing') return usage()

  const named = entriesOf(given, prompt === undefined || !given.print ? settings.channels : [])
  const streamInput = given.inputFormat === 'stream-json'
  const staysOpen = interactive || streamInput || named.length > 0
  const stream = new EventStream()
  let hasFailed = false
  stream.subscribe((event) => {
    if (event.type === 'turn.finished') hasFailed = event.outcome === 'failed'
  })
  const early: SessionInput[] = []
  let session: Session | undefined
  let inputEnded = false
  const onInput = (input: SessionInput) => {
    if (session) session.input(input)
    else early.push(input)
  }
  const starting = new AbortController()
  const end = (reason: string) => (session ? void session.end(reason) : starting.abort())
  const debug = given.debug === false ? undefined : await createDebugFile(stream, given.debug, paths)
  const frontEnd = await openFrontEnd({
    stream,
    arguments: given,
    cwd,
    version: HOST_VERSION,
    staysOpen,
    session: () => session,
    onInput: (input) => (input.type === 'end' && !session ? starting.abort() : onInput(input)),
    onClosed: () => end('output-closed'),
  })
  const stopSignals = onSignals(end)
  try {
    const warnings: string[] = []
    if (asksTrust && frontEnd.dialogs) {
      const { answer, warning } = await askTrust({ cwd, paths, dialogs: frontEnd.dialogs, signal: starting.signal })
      if (answer === 'exit') return EXIT.ended
      if (warning !== undefined) warnings.push(warning)
      configured = await configure(await read(true))
    }
    const prepared = await prepareSession({
      cwd,
      env: {
        ...process.env,
        BACKCHANNEL_SESSION_ID: randomUUID(),
        ...optional('BACKCHANNEL_SESSION_NAME', given.name),
      },
      home: homedir(),
      platform: process.platform,
      paths,
      builtIn,
      named,
      mcpConfig: given.mcpConfig,
      managedSettings: given.managedSettings,
      acceptDevelopment: given.acceptDevelopment,
      dialogs: frontEnd.dialogs,
      allowedChannels: async () =>
        (await readSettings({ paths, cwd, ...optional('extra', given.settings) })).settings.allowedChannels,
      signal: starting.signal,
    })
    if (prepared === 'declined' || starting.signal.aborted) return EXIT.ended
    const files = [given.settings, given.managedSettings].filter((file) => file !== undefined)
    const { settings, mode, agent, notice, keptAs } = configured
    const { conversations, resume } = await openConversations({
      asked: given.resume,
      keptAs,
      folder: paths.agents,
      cwd,
    })
    // Whoever answers the question about the folder has trusted it by now.
    const { settingSources, warning: untrusted } = sourcesOf(cwd, isKnown || asksTrust)
    const agentOptions = { ...optional('model', given.model), ...optional('resume', resume), settingSources }
    const bypasses = mode === 'bypassPermissions'
    const permissions = { mode, rules: settings.permissions, home: homedir(), env: process.env, paths, files }
    const approvals = {
      canAnswer: () => interactive || (streamInput && !inputEnded),
      ...optional('relay', settings.relay),
      ...optional('preview', settings.permissionPreview),
    }
    const audit = { folder: paths.audit }
    const plugin = createPluginCommand({ paths, builtin: builtIn, cwd, env: process.env })
    const { limits, unansweredTurn } = settings
    const questionsOff = given.print ? 'questions are off under -p' : undefined
    const askSecret = frontEnd.dialogs?.askSecret
    const parts = {
      agent,
      agentOptions,
      conversations,
      cwd,
      permissions,
      approvals,
      audit,
      plugin,
      askSecret,
      limits,
      stream,
      questionsOff,
      unansweredTurn,
    }
    session = startSession({ ...prepared, ...parts })
    if (bypasses) session.notice('warning', BYPASS_WARNING)
    else if (streamInput && isOpenPipe()) session.notice('warning', OPEN_PIPE_WARNING)
    for (const warning of [...warnings, ...configured.warnings]) session.notice('warning', warning)
    session.notice('info', notice)
    if (keptAs !== undefined && untrusted !== undefined) session.notice('warning', untrusted)
    if (prompt !== undefined) session.input({ type: 'prompt', text: prompt })
    for (const input of early) session.input(input)
    if (!staysOpen) session.endWhenIdle('completed')
    const opened = session
    const onEnd = () => {
      inputEnded = true
      opened.endWhenIdle('input-ended')
    }
    if (streamInput) void readInput(session, onInput, onEnd)
    const code = await finish(session, {
      named: named.length,
      waits: interactive || streamInput || prompt !== undefined,
    })
    return !staysOpen && hasFailed ? EXIT.failed : code
  } finally {
    stopSignals()
    await close(frontEnd, debug)
  }
}

/** Exit 3 where every given entry was refused and nothing else keeps the session going. */
async function finish(session: Session, { named, waits }: { named: number; waits: boolean }): Promise<number> {
  let allRefused = false
  if (named > 0 && !waits) {
    await Promise.race([session.settled, session.ended])
    allRefused = !session.channels.channels.some(
      ({ state }) => state.kind === 'registered' || state.kind === 'restarting',
    )
    if (allRefused) await session.end('every-channel-refused')
  }
  const reason = await session.ended
  if (allRefused) return EXIT.refused
  return reason === 'failed' ? EXIT.failed : EXIT.ended
}

async function readInput(session: Session, onInput: (input: SessionInput) => void, onEnd: () => void): Promise<void> {
  const stopped = new AbortController()
  void session.ended.then(() => stopped.abort())
  await readStreamJson(
    process.stdin,
    {
      onInput,
      onInvalid: (message) => session.notice('error', message),
      onEnd,
    },
    stopped.signal,
  )
}

async function close(frontEnd: FrontEnd, debug: FrontEnd | undefined): Promise<void> {
  await frontEnd.close()
  await debug?.close()
}

function usage(): number {
  process.stderr.write(
    'backchannel: there is nothing to do: no terminal, no prompt and no channel.\n' +
      '  Give a prompt (backchannel -p "…"), a channel (--channels plugin:fakechat@backchannel), or --input-format stream-json.\n',
  )
  return EXIT.usage
}

function surroundings(): Surroundings {
  return { uid: process.getuid?.(), env: process.env, exists: existsSync }
}

function refuseRoot(): number {
  process.stderr.write(
    'backchannel: as root outside of a container, nothing would stand between the agent and the whole machine.\n' +
      '  Start as another user or in a container, choose another --permission-mode, or add --allow-root.\n',
  )
  return EXIT.usage
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value })
}
