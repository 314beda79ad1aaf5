/** Access and relay of a running channel, put together once its host is known; a channel without them loads neither. */
import { type AccessResult, EXTENSION_METHODS, METHODS } from '@backchannel/protocol'
import type { Access } from '../access/access.ts'
import type { ChannelContext, ChannelDefinition } from '../define.ts'
import type { Log } from '../log.ts'
import type { Peer } from '../rpc/face.ts'
import { renderNotification } from '../rpc/messages.ts'
import type { RelayPort } from './relay.ts'

export interface RuntimeOptions {
  readonly channel: ChannelDefinition
  readonly log: Log
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
}

export function createAccessRuntime({ channel, log, send }: RuntimeOptions): AccessRuntime {
  const { access: settings, relay: handlers } = channel
  const begun = Promise.withResolvers<ChannelContext>()
  let opening: Promise<Access> | undefined
  let port: Promise<RelayPort> | undefined

  const open = (peer: Peer): Promise<Access> => {
    opening ??= import('../access/access.ts').then(({ createAccess }) => {
      if (!settings) throw new Error(`${channel.name} has no access settings`)
      return createAccess({ ...settings, name: channel.name, operatorWord: peer.features.has('access'), log })
    })
    return opening
  }
  const openRelay = async (peer: Peer, source: string, access: Access): Promise<RelayPort> => {
    const { createRelay } = await import('./relay.ts')
    return createRelay({
      approvers: access.approvers,
      handlers: {
        ask: async (request) => handlers?.ask(request, await begun.promise),
        resolve: async (request, resolution) => handlers?.resolve(request, resolution, await begun.promise),
      },
      source,
      extended: peer.features.has('origin'),
      control: peer.features.has('control'),
      log,
      notify: (method, params) => send(renderNotification(method, params)),
    })
  }

  return {
    async open(peer, source) {
      if (!settings) return {}
      const access = await open(peer)
      if (!handlers) return { access }
      port = openRelay(peer, source, access)
      return { access, relay: await port }
    },
    started: (context) => begun.resolve(context),
    take(method, params) {
      const isRequest = method === METHODS.permissionRequest
      if (!isRequest && method !== EXTENSION_METHODS.permissionResolved) return false
      void port?.then((relay) => (isRequest ? relay.request(params) : relay.resolved(params)))
      return true
    },
    run: async (args, peer) => (await open(peer)).run(args),
  }
}
