/** Access and relay of a running channel, put together once its host is known; a channel without them loads neither. */
import {
  type AccessResult,
  type CompletionChoice,
  type CompletionRequest,
  type ConfigureRequest,
  EXTENSION_METHODS,
  METHODS,
} from '@backchannel/protocol'
import type { AccessPort } from '../access/access.ts'
import { programCommand } from '../commands/program.ts'
import { configurePorts, configureSettings } from '../configure/ports.ts'
import type { ChannelContext, ChannelDefinition } from '../define.ts'
import { KEEPER_VARIABLE } from '../hub/session-name.ts'
import type { Log } from '../log.ts'
import type { Peer } from '../rpc/face.ts'
import { renderNotification } from '../rpc/messages.ts'
import type { RelayPort } from './relay.ts'

export interface RuntimeOptions {
  readonly channel: ChannelDefinition
  readonly log: Log
  /** Aborts when the session ends. */
  readonly signal: AbortSignal
  send(line: string): void
}

export interface AccessRuntime {
  /** What a registered channel gets in its context; nothing for one without access settings. */
  open(peer: Peer, source: string): Promise<Pick<ChannelContext, 'access' | 'relay'>>
  /** Requests are shown from now on; those that came earlier first. */
  started(context: ChannelContext): void
  /** A notification of the host. @returns whether it was the relay's */
  take(method: string, params: unknown): boolean
  /** The operator's word, of a channel with access settings. */
  run(args: readonly string[], peer: Peer): Promise<AccessResult>
  configure(request: ConfigureRequest, peer: Peer): Promise<AccessResult>
  complete(request: CompletionRequest, peer: Peer): Promise<readonly CompletionChoice[]>
}

/** Notifications held until it is known whether the session registers the channel; a host has fewer requests open. */
const MOST_HELD = 1_000

export function createAccessRuntime({ channel, log, signal, send }: RuntimeOptions): AccessRuntime {
  const { access: settings, relay: handlers } = channel
  const begun = Promise.withResolvers<ChannelContext>()
  let opening: Promise<AccessPort> | undefined
  let port: RelayPort | undefined
  const held: (readonly [method: string, params: unknown])[] = []

  const open = (peer: Peer): Promise<AccessPort> => {
    opening ??= import('../access/access.ts').then(({ createAccess }) => {
      if (!settings) throw new Error(`${channel.name} has no access settings`)
      // Nobody types into a process that holds an account with no session: its codes wait in the file, for the program.
      const operatorWord = peer.features.has('access') && process.env[KEEPER_VARIABLE] !== '1'
      const command = operatorWord ? {} : { command: programCommand('access') }
      return createAccess({ ...settings, ...command, name: channel.name, operatorWord, log })
    })
    return opening
  }
  const openRelay = async (peer: Peer, source: string, access: AccessPort): Promise<RelayPort> => {
    const { createRelay } = await import('./relay.ts')
    const questions = handlers?.questions
    return createRelay({
      approvers: access.approvers,
      handlers: {
        ask: async (request) => handlers?.ask(request, await begun.promise),
        resolve: async (request, resolution) => handlers?.resolve(request, resolution, await begun.promise),
        ...(questions && peer.features.has('questions')
          ? {
              questions: {
                ask: async (question) => questions.ask(question, await begun.promise),
                resolve: async (question, resolution) => questions.resolve(question, resolution, await begun.promise),
              },
            }
          : {}),
      },
      source,
      extended: peer.features.has('origin'),
      control: peer.features.has('control'),
      log,
      signal,
      notify: (method, params) => send(renderNotification(method, params)),
    })
  }

  /** As the session calls it: an instance has another name than its channel. */
  let called = channel.name

  /** What of the host is the relay's. */
  const takers: Readonly<Record<string, (relay: RelayPort, params: unknown) => Promise<void> | void>> = {
    [METHODS.permissionRequest]: (relay, params) => relay.request(params),
    [EXTENSION_METHODS.permissionResolved]: (relay, params) => relay.resolved(params),
    [EXTENSION_METHODS.question]: (relay, params) => relay.question(params),
    [EXTENSION_METHODS.questionResolved]: (relay, params) => relay.questionResolved(params),
    [EXTENSION_METHODS.controlResult]: (relay, params) => relay.controlResult(params),
  }
  const pass = (relay: RelayPort, method: string, params: unknown): void => void takers[method]?.(relay, params)

  return {
    async open(peer, source) {
      called = source
      if (!settings) return {}
      const access = await open(peer)
      // Now, before the agent has run anything: later somebody else may have written into the file.
      await access.approvers.list()
      if (signal.aborted) return {}
      access.watch()
      signal.addEventListener('abort', () => access.close(), { once: true })
      if (!handlers || handlers.declared?.() === false) return { access }
      const relay = await openRelay(peer, source, access)
      port = relay
      for (const [method, params] of held.splice(0)) pass(relay, method, params)
      return { access, relay }
    },
    started: (context) => begun.resolve(context),
    take(method, params) {
      if (!Object.hasOwn(takers, method)) return false
      if (port) pass(port, method, params)
      else if (handlers && held.length < MOST_HELD) held.push([method, params])
      return true
    },
    run: async (args, peer) => (await open(peer)).run(args),
    async configure({ args, secret }, peer) {
      const { runConfigure } = await import('../configure/configure.ts')
      return runConfigure(args, await configurePorts({ ...channel, name: called }, await open(peer), signal), secret)
    },
    async complete({ command, args }, peer) {
      if (command === 'access') return (await open(peer)).complete(args)
      const { completeConfigure } = await import('../configure/configure.ts')
      return completeConfigure(args, configureSettings(channel) ?? { directory: '' })
    },
  }
}
