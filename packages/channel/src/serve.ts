/** Serves a channel over stdio: handshake, registration, events out, tools in, and the end of the session. */
import { EXTENSION_METHODS, parseReceipt, parseRegistration, type Registration } from '@backchannel/protocol'
import { createAccessCommand } from './commands/access.ts'
import { findCommand, runCommand } from './commands/command.ts'
import { createConfigureCommand } from './commands/configure.ts'
import { createDoctorCommand } from './commands/doctor.ts'
import { createHelpCommand } from './commands/help.ts'
import {
  type ChannelContext,
  type ChannelDefinition,
  defineChannel,
  type OutgoingEvent,
  type RelaySettings,
  type Tool,
} from './define.ts'
import { createJournaledPath, type JournaledPath } from './events/journaled.ts'
import { createLostEvents } from './events/lost.ts'
import { createOutbox } from './events/outbox.ts'
import { createTurns } from './events/turns.ts'
import type { Hub } from './hub/hub.ts'
import { createSharing } from './hub/sharing.ts'
import { readAncestors } from './lifecycle/ancestors.ts'
import { concludeRegistration } from './lifecycle/registration.ts'
import { createShutdown, isEcho } from './lifecycle/shutdown.ts'
import { createLog, renderFault } from './log.ts'
import { createAccessRuntime } from './relay/runtime.ts'
import { createFace, type Peer } from './rpc/face.ts'
import { createIntake } from './rpc/intake.ts'
import { PARSE_ERROR, renderFailure } from './rpc/messages.ts'
import { readLines } from './stdio/input.ts'
import { createOutput } from './stdio/output.ts'
import { CHECK_INSTRUCTIONS, createCheckMessages } from './tools/check-messages.ts'
import { createToolBox } from './tools/tool-box.ts'

/** Set by the doctor for a process that is to cause one event of its own. */
const PROBE_VARIABLE = 'BACKCHANNEL_PROBE'

/**
 * Serves `definition` on this process's stdin and stdout, and owns the process: it ends within one second, with status
 * 0, at the end of stdin, on SIGTERM, SIGINT or SIGHUP, or when a write finds stdout closed; with status 1 when `start`
 * fails or an error is caught by nobody. Code that never gives the event loop back can't be ended this way.
 *
 * From the call on, stdout belongs to the protocol: `console` and `process.stdout` write to stderr. What prints while
 * it is imported does so earlier; put `import '@backchannel/channel/guard'` above it.
 *
 * `definition.start` runs once a session has registered the channel: told by a host with receipts; concluded from the
 * arguments of a stock host or from `BACKCHANNEL_ATTACH`; at the end of the handshake where neither can be known. A
 * copy that was started only to be probed therefore touches nothing.
 *
 * Started with the name of a command as its first argument (`doctor`, `help`, or one of `definition.commands`), the process
 * runs that and ends.
 *
 * @returns a promise that stays open as long as the channel is served.
 * @throws BackchannelError `channel-invalid`
 */
export async function serve(definition: ChannelDefinition): Promise<void> {
  const channel = askedOnce(defineChannel(definition))
  const [asked, ...args] = process.argv.slice(2)
  const own = [...(channel.commands ?? []), ...createAccessCommand(channel), ...createConfigureCommand(channel)]
  const doctor = createDoctorCommand(channel)
  const command = findCommand(own, [doctor, createHelpCommand(channel, [...own, doctor])], asked)
  if (command) return runCommand(command, args)
  const log = createLog(channel.name)
  const output = createOutput(() => shutdown.end(0))
  const journaled = channel.journal && createJournaledPath(channel.journal, output, log)
  const events = journaled ?? createOutbox(output)
  const inTurns = createTurns()
  const lost = createLostEvents(log, () => shutdown.signal.aborted)
  const shutdown = createShutdown({
    log,
    flush: (signal) => output.flush(signal),
    forgives: (thrown) => lost.takes(thrown),
  })
  let source = channel.name
  /** Why its events do not reach the session; `undefined` where they do. */
  let because: string | undefined = 'the session has not registered the channel'
  const sharing = createSharing(channel)
  let hub: Hub | undefined
  const pull = (most: number) => (hub ? hub.pull(most) : (journaled as JournaledPath).pull(most))
  const check = journaled && createCheckMessages({ pull, source: () => source, because: () => because })
  const served = check ? withCheckMessages(channel, check) : channel
  const tools = createToolBox(
    (served.tools ?? []).map((tool) => (tool === check ? tool : sharing.tool(tool))),
    log,
    shutdown.signal,
    (tool) => events.called(tool),
    () => opening?.promise,
  )
  const relaying = sharing.relaying
  const runtime = createAccessRuntime({
    channel: relaying,
    log,
    signal: shutdown.signal,
    send: (line) => output.send(line),
  })
  let handshake: Peer | undefined
  let begun = false
  /** Whether it is registered is found out, or who may approve is read: a tool that is called meanwhile waits. */
  let opening: PromiseWithResolvers<void> | undefined
  let context: ChannelContext | undefined
  shutdown.signal.addEventListener('abort', () => lost.close())
  // First in, last out: what the channel still emits while it stops is stored, and the account is given back after that.
  shutdown.onStop(() => hub?.release())
  shutdown.onStop(() => events.close())
  shutdown.onStop(() => hub?.close())

  const start = async (source: string, receipts: boolean): Promise<void> => {
    if (begun || shutdown.signal.aborted || handshake === undefined) return
    begun = true
    const isShared = channel.hub !== undefined && process.env[PROBE_VARIABLE] !== '1'
    if (!isShared) events.open({ receipts, source })
    const emit = (event: OutgoingEvent) => lost.watch(inTurns(events.emit(event)))
    opening ??= Promise.withResolvers<void>()
    const access = channel.access ? await runtime.open(handshake, source) : {}
    if (shutdown.signal.aborted) return opening.resolve()
    const { tasks, memory, takeOver } = events
    const kept = tasks && memory && takeOver ? { tasks, memory, takeOver } : {}
    const given: ChannelContext = { emit, log, signal: shutdown.signal, source, receipts, ...access, ...kept }
    if (!isShared) return begin(given)
    hub = await sharing.join({
      ...{ output, log, receipts, signal: shutdown.signal, relay: access.relay },
      called: (tool) => events.called(tool),
      async hold({ delivery, context: shared, share }) {
        events.open({ receipts, source, delivery })
        await share()
        await begin({ ...given, ...shared })
      },
    })
    hub.takes(because === undefined)
    await hub.joined
    opening.resolve()
    runtime.started(given)
  }
  const begin = async (given: ChannelContext): Promise<void> => {
    context = given
    const starting = (async () => channel.start(given))()
    opening?.resolve()
    sharing.begun(given)
    // Also if the session ends meanwhile: what `start` has opened by then has to be undone.
    shutdown.onStop(async () => {
      const stop = await starting.catch(() => undefined)
      await stop?.()
    })
    try {
      await starting
      sharing.started(given)
      runtime.started(given)
      if (process.env[PROBE_VARIABLE] === '1') await channel.probe?.(given)
    } catch (thrown) {
      if (!isEcho(shutdown.signal, thrown)) log.error(renderFault(thrown))
      shutdown.end(1)
    }
  }
  const notRegistered = (why: string) => {
    because = why
    hub?.takes(false)
    // The policy of a running session may change: what has been started goes on, for when it changes back.
    const fate = hub ? 'its events go to another session, or are dropped' : 'its events are dropped'
    if (begun) log.info(`no longer registered: ${why}. Tools work; ${fate}.`)
    else log.info(`not registered: ${why}. Tools work; nothing else was started.`)
  }
  const conclude = async ({ name }: Peer): Promise<void> => {
    const ancestors = await readAncestors()
    const conclusion = concludeRegistration({ channel: channel.name, client: name, ancestors, env: process.env })
    if (conclusion.registered) {
      because = undefined
      return start(channel.name, false)
    }
    notRegistered(conclusion.because)
  }
  const registered = (registration: Registration): Promise<void> | undefined => {
    source = registration.source
    if (registration.state === 'registered') {
      because = undefined
      hub?.takes(true)
      if (begun) log.info('registered again: its events reach the session.')
      return start(source, true)
    }
    notRegistered(registration.reason ?? 'the session refused it')
    return undefined
  }

  const face = createFace(served, tools, {
    send: (line) => output.send(line),
    initialized(peer) {
      if (handshake !== undefined) return
      handshake = peer
      if (peer.features.has('receipts')) return
      opening = Promise.withResolvers<void>()
      void conclude(peer).finally(() => opening?.resolve())
    },
    notification(method, params) {
      if (runtime.take(method, params) || !handshake?.features.has('receipts')) return
      if (method === EXTENSION_METHODS.registration) {
        const read = parseRegistration(params)
        if (read.ok) void registered(read.value)
        else log.warn(`a registration from the host was not understood: ${read.problem}`)
      } else if (method === EXTENSION_METHODS.receipt) {
        const read = parseReceipt(params)
        if (!read.ok) return log.warn(`a receipt from the host was not understood: ${read.problem}`)
        if (hub) return hub.settle(read.value)
        events.settle(read.value)
        if (context) channel.receipt?.(read.value, context)
      }
    },
    answered(id) {
      hub?.answered(id)
      events.answered(id)
    },
    access: async (args, peer) => sharing.explain(args, await runtime.run(args, peer)),
    configure: (request, peer) => runtime.configure(request, peer),
    complete: (request, peer) => runtime.complete(request, peer),
  })
  const intake = createIntake(face, log)
  output.onCongested((congested) => intake.hold(congested))
  readLines({
    line: (line) => intake.take(line),
    tooLong: () => output.send(renderFailure(null, PARSE_ERROR, 'Parse error: the line is too long')),
    end: () => shutdown.end(0),
  })
  await new Promise<never>(() => {})
}

/** What a host sees of a channel with a journal. */
function withCheckMessages(channel: ChannelDefinition, check: Tool): ChannelDefinition {
  return {
    ...channel,
    instructions: `${channel.instructions}\n\n${CHECK_INSTRUCTIONS}`.trimStart(),
    tools: [...(channel.tools ?? []), check],
  }
}

/** `relay.declared` is asked at the first handshake; its answer holds as long as the process. */
function askedOnce(channel: ChannelDefinition): ChannelDefinition {
  const { relay } = channel
  if (!relay?.declared) return channel
  let answer: boolean | undefined
  const declared = () => {
    answer ??= relay.declared?.() ?? true
    return answer
  }
  const ask: RelaySettings['ask'] = (request, context) => relay.ask(request, context)
  const resolve: RelaySettings['resolve'] = (...end) => relay.resolve(...end)
  const { questions } = relay
  return { ...channel, relay: { declared, ask, resolve, ...(questions ? { questions } : {}) } }
}
