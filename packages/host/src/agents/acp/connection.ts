/** The connection to an ACP agent: its process, the SDK's client over it, and the handshake, which has to end in version 1. */
import type { ClientContext } from '@agentclientprotocol/sdk'
import { BackchannelError, isRecord, toError } from '@backchannel/protocol'
import { quote } from '../../text/quote.ts'
import { HOST_VERSION } from '../../version.ts'
import { type AgentAbilities, readAbilities } from './abilities.ts'
import { type AgentProcess, type AgentProcessOptions, startAgentProcess } from './agent-process.ts'
import { Refusal } from './permission.ts'

/** What the agent asks of us and tells us, as it came: each of them reads what it needs. */
export interface ConnectionHandlers {
  update(params: unknown): void
  /** A message of Claude Code's SDK that claude-agent-acp was asked to pass on. */
  sdkMessage(params: unknown): void
  permission(params: unknown, signal: AbortSignal): Promise<object | Refusal>
  elicitation(params: unknown, signal: AbortSignal): Promise<object>
}

export interface AcpConnection {
  readonly process: AgentProcess
  readonly abilities: AgentAbilities
  request(method: string, params: object): Promise<unknown>
  notify(method: string, params: object): void
}

export interface ConnectionOptions extends AgentProcessOptions {
  readonly handlers: ConnectionHandlers
  /** For the answer to `initialize`, in milliseconds: a runner of packages may have to fetch the agent first. */
  readonly startTimeoutMs: number
}

const VERSION = 1
/** Of JSON-RPC: an internal error. */
const REFUSED = -32603

/** @throws BackchannelError `agent-unavailable`, with nothing left running */
export async function openConnection(options: ConnectionOptions): Promise<AcpConnection> {
  const { client, RequestError } = await import('@agentclientprotocol/sdk')
  const { handlers, startTimeoutMs } = options
  const agentProcess = await startAgentProcess(options).catch((thrown: unknown) => {
    throw unavailable(BackchannelError.is(thrown) ? thrown.message : String(thrown), {
      cause: thrown,
      ...(BackchannelError.is(thrown) && thrown.hint !== undefined ? { hint: thrown.hint } : {}),
    })
  })
  const asIs = (params: unknown) => params
  const { agent } = client({ name: 'backchannel' })
    .onNotification('session/update', asIs, ({ params }) => handlers.update(params))
    .onNotification('_claude/sdkMessage', asIs, ({ params }) => handlers.sdkMessage(params))
    .onRequest('session/request_permission', asIs, async ({ params, signal }) => {
      const answer = await handlers.permission(params, signal)
      if (answer instanceof Refusal) throw new RequestError(REFUSED, answer.words)
      return answer
    })
    .onRequest('elicitation/create', asIs, ({ params, signal }) => handlers.elicitation(params, signal))
    .connect(agentProcess.stream)
  try {
    const abilities = await initialize(agent, agentProcess, startTimeoutMs)
    return {
      process: agentProcess,
      abilities,
      request: (method, params) => agent.request(method, params),
      notify: (method, params) => void agent.notify(method, params).catch(() => {}),
    }
  } catch (thrown) {
    await agentProcess.close()
    throw thrown
  }
}

async function initialize(agent: ClientContext, started: AgentProcess, limitMs: number): Promise<AgentAbilities> {
  const limit = AbortSignal.timeout(limitMs)
  const tooLate = Promise.withResolvers<never>()
  limit.addEventListener('abort', () =>
    tooLate.reject(unavailable(`it did not answer "initialize" within ${limitMs / 1000} s${explain(started)}`)),
  )
  const ended = started.ended.then((how) => {
    throw unavailable(`it ${how} before it answered "initialize"${explain(started)}`)
  })
  const asked = agent.request<unknown, object>('initialize', {
    protocolVersion: VERSION,
    clientInfo: { name: 'backchannel', title: 'Backchannel', version: HOST_VERSION },
    // Files and terminals are the agent's own business, under the permissions that it asks for.
    clientCapabilities: {
      fs: { readTextFile: false, writeTextFile: false },
      terminal: false,
      elicitation: { form: {} },
    },
  })
  // Whichever of them comes late.
  for (const late of [asked, ended, tooLate.promise]) late.catch(() => {})
  const answer = await Promise.race([asked.catch((thrown) => refused(thrown, started, ended)), ended, tooLate.promise])
  const version = isRecord(answer) ? answer['protocolVersion'] : undefined
  if (!isRecord(answer) || version !== VERSION)
    throw unavailable(
      `it answered with version ${quote(String(version), 40)} of the protocol, and this host speaks version ${VERSION}`,
    )
  return readAbilities(answer)
}

/** Of a connection that has closed, the end of its process says more, and follows at once. */
async function refused(thrown: unknown, started: AgentProcess, ended: Promise<never>): Promise<never> {
  if (!isRecord(thrown) || typeof thrown['code'] !== 'number') {
    await started.close()
    await ended
  }
  throw unavailable(`it refused "initialize": ${toError(thrown).message}${explain(started)}`, { cause: thrown })
}

function explain({ lastWords, garbage }: AgentProcess): string {
  if (lastWords !== undefined) return `. Its last words: ${quote(lastWords, 300)}`
  return garbage === undefined ? '' : `. On its stdout was ${quote(garbage, 80)}, which is no message of the protocol`
}

/** @param why a sentence; `it` at its start is the agent */
export function unavailable(why: string, options: { cause?: unknown; hint?: string } = {}): BackchannelError {
  return new BackchannelError('agent-unavailable', `${why.replace(/^it /, 'The agent ').replace(/\.$/, '')}.`, {
    hint: 'Run the command of --agent-command by hand: it has to speak the Agent Client Protocol on stdin and stdout.',
    ...options,
  })
}
