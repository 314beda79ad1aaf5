/**
 * The MCP face of a channel: the legacy handshake and the few methods a channel needs, by hand, because it starts in
 * half the time of an SDK and keeps its order and memory under load (docs/decisions/0002).
 */
import {
  type AccessResult,
  type CompletionChoice,
  type CompletionRequest,
  type ConfigureRequest,
  EXTENSION_METHODS,
  type Feature,
  isRecord,
  LEGACY_REVISIONS,
  parseAccessRequest,
  parseCapabilities,
  parseCompletionRequest,
  parseConfigureRequest,
  type Read,
  renderAccessResult,
  renderCapabilities,
  renderCompletionResult,
} from '@backchannel/protocol'
import type { ChannelDefinition } from '../define.ts'
import type { ToolBox } from '../tools/tool-box.ts'
import {
  INVALID_PARAMS,
  type Incoming,
  METHOD_NOT_FOUND,
  type RequestId,
  renderFailure,
  renderResult,
} from './messages.ts'

/** The features of the extension that a channel of the kit speaks. */
export function kitFeatures({ access, relay }: Pick<ChannelDefinition, 'access' | 'relay'>): readonly Feature[] {
  const relays = relay !== undefined && (relay.declared?.() ?? true)
  return [
    'receipts',
    ...(relays ? (['origin'] as const) : []),
    ...(relays && relay.questions ? (['questions'] as const) : []),
    ...(relays ? (['control'] as const) : []),
    ...(access ? (['access'] as const) : []),
  ]
}

/** What the host said of itself in `initialize`. */
export interface Peer {
  readonly name: string
  readonly version: string
  readonly features: ReadonlySet<Feature>
}

export interface FaceHandlers {
  send(line: string): void
  /** The host has completed the handshake. */
  initialized(peer: Peer): void
  notification(method: string, params: unknown): void
  /** The host has answered one of our requests. */
  answered(id: RequestId): void
  /** The operator's word, from a host that passes it on. Never rejects. */
  access(args: readonly string[], peer: Peer): Promise<AccessResult>
  configure(request: ConfigureRequest, peer: Peer): Promise<AccessResult>
  complete(request: CompletionRequest, peer: Peer): Promise<readonly CompletionChoice[]>
}

/** @returns what to call with each message from the host. */
export function createFace(
  channel: ChannelDefinition,
  tools: ToolBox,
  handlers: FaceHandlers,
): (message: Incoming) => void {
  let peer: Peer = { name: '', version: '', features: new Set() }

  const answer = async (id: RequestId, method: string, params: unknown): Promise<void> => {
    switch (method) {
      case 'initialize':
        peer = readPeer(params)
        return handlers.send(renderResult(id, describe(channel, params)))
      case 'ping':
        return handlers.send(renderResult(id, {}))
      case 'tools/list':
        if (!tools.any) break
        return handlers.send(renderResult(id, { tools: tools.list() }))
      case 'tools/call': {
        if (!tools.any) break
        const { name, arguments: input } = isRecord(params) ? params : {}
        if (typeof name !== 'string') {
          return handlers.send(renderFailure(id, INVALID_PARAMS, 'Invalid params: "name" must be a string'))
        }
        const result = await tools.call(id, name, input ?? {})
        // A cancelled request gets no answer (MCP, cancellation).
        return result === undefined ? undefined : handlers.send(renderResult(id, result))
      }
    }
    const word = channel.access && peer.features.has('access') ? readWord(method, params) : undefined
    if (word) {
      if (!word.ok) return handlers.send(renderFailure(id, INVALID_PARAMS, `Invalid params: ${word.problem}`))
      return handlers.send(renderResult(id, await word.value(handlers, peer)))
    }
    handlers.send(renderFailure(id, METHOD_NOT_FOUND, `Method not found: ${method.slice(0, 80)}`))
  }

  return (message) => {
    switch (message.kind) {
      case 'request':
        void answer(message.id, message.method, message.params)
        break
      case 'notification':
        if (message.method === 'notifications/initialized') handlers.initialized(peer)
        else if (message.method === 'notifications/cancelled') tools.cancel(message.params)
        else handlers.notification(message.method, message.params)
        break
      case 'invalid':
        handlers.send(renderFailure(null, message.code, message.problem))
        break
      case 'response':
        if (message.id !== undefined) handlers.answered(message.id)
        break
    }
  }
}

type OperatorWord = (handlers: FaceHandlers, peer: Peer) => Promise<Record<string, unknown>>

/** The operator's word, read and ready to be done; `undefined` for a request of another kind. */
function readWord(method: string, params: unknown): Read<OperatorWord> | undefined {
  switch (method) {
    case EXTENSION_METHODS.access: {
      const read = parseAccessRequest(params)
      if (!read.ok) return read
      return { ok: true, value: async (to, peer) => renderAccessResult(await to.access(read.value.args, peer)) }
    }
    case EXTENSION_METHODS.configure: {
      const read = parseConfigureRequest(params)
      if (!read.ok) return read
      return { ok: true, value: async (to, peer) => renderAccessResult(await to.configure(read.value, peer)) }
    }
    case EXTENSION_METHODS.complete: {
      const read = parseCompletionRequest(params)
      if (!read.ok) return read
      return { ok: true, value: async (to, peer) => renderCompletionResult(await to.complete(read.value, peer)) }
    }
    default:
      return undefined
  }
}

function readPeer(params: unknown): Peer {
  const { capabilities, clientInfo } = isRecord(params) ? params : {}
  const { name, version } = isRecord(clientInfo) ? clientInfo : {}
  return {
    name: typeof name === 'string' ? name : '',
    version: typeof version === 'string' ? version : '',
    features: parseCapabilities(isRecord(capabilities) ? capabilities['experimental'] : undefined).features,
  }
}

function describe(channel: ChannelDefinition, params: unknown): Record<string, unknown> {
  const asked = isRecord(params) ? params['protocolVersion'] : undefined
  const revision = LEGACY_REVISIONS.find((known) => known === asked) ?? LEGACY_REVISIONS[0]
  const twoWay = (channel.tools ?? []).length > 0
  const features = new Set(kitFeatures(channel))
  return {
    protocolVersion: revision,
    capabilities: {
      experimental: renderCapabilities({ channel: true, permission: features.has('origin'), features }),
      ...(twoWay ? { tools: {} } : {}),
    },
    serverInfo: { name: channel.name, version: channel.version },
    instructions: channel.instructions,
  }
}
