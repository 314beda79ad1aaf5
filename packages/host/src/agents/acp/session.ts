/** A session of an ACP agent: new, or one of earlier, with the bridges to the channels, in a mode that asks. */
import { isRecord } from '@backchannel/protocol'
import type { AgentContext } from '../agent.ts'
import type { BridgedServer } from '../bridge/bridge.ts'
import { renderInstructions } from '../instructions.ts'
import { type AcpConnection, unavailable } from './connection.ts'
import { errorCode, isAuthError, isUnknownSession, wordsOf } from './failure.ts'
import { renderSessionMeta } from './options.ts'

export interface AcpSession {
  readonly id: string
  /** The one it is in now, where it has any; an agent may change it by itself. */
  mode: string | undefined
  /** It knows nothing of what was said before. */
  readonly fresh: boolean
}

export interface SessionRequest {
  readonly connection: AcpConnection
  readonly context: Pick<AgentContext, 'cwd' | 'options' | 'instructions' | 'report'>
  readonly servers: readonly BridgedServer[]
  /** The program of the bridge, and what runs it. */
  readonly bridgeCommand: readonly string[]
  /** A session of earlier to go on with. */
  readonly resume: string | undefined
  /** Default true; see {@link renderSessionMeta}. */
  readonly verbatim?: boolean
}

/** @throws BackchannelError `agent-unavailable` */
export async function openSession(request: SessionRequest): Promise<AcpSession> {
  const { connection, context, resume } = request
  try {
    const earlier = resume === undefined ? undefined : await takeUp(request, resume)
    const opened = earlier ?? (await connection.request('session/new', render(request)))
    const id = earlier ? resume : field(opened, 'sessionId')
    if (typeof id !== 'string') throw unavailable('its answer to "session/new" has no session id')
    const mode = await setMode(request, id, opened)
    await setModel(request, id, opened)
    context.report({ kind: 'session', id })
    return { id, mode, fresh: earlier === undefined }
  } catch (thrown) {
    if (isAuthError(thrown)) throw notSignedIn(connection, thrown)
    if (errorCode(thrown) === undefined) throw thrown
    throw unavailable(`it opened no session: ${wordsOf(thrown)}`, { cause: thrown })
  }
}

/** @returns undefined where the agent cannot, or has none of that id any more: then a new one is told to the operator */
async function takeUp(request: SessionRequest, id: string): Promise<unknown> {
  const { connection, context } = request
  const { resume, load } = connection.abilities
  const { name } = connection.abilities
  if (!resume && !load) {
    context.report({
      kind: 'notice',
      level: 'warning',
      text: `${name} takes up no earlier session: what was said before is not known to it.`,
    })
    return undefined
  }
  try {
    const method = resume ? 'session/resume' : 'session/load'
    return (await connection.request(method, { ...render(request), sessionId: id })) ?? {}
  } catch (thrown) {
    if (!isUnknownSession(thrown)) throw thrown
    const text = `${name} has no session ${id} any more: what was said before is not known to it.`
    context.report({ kind: 'notice', level: 'warning', text })
    return undefined
  }
}

function render({ context, servers, bridgeCommand, connection, verbatim = true }: SessionRequest): object {
  const [command = process.execPath, ...args] = bridgeCommand
  return {
    cwd: context.cwd,
    mcpServers: servers.map(({ name, file }) => ({ name, command, args: [...args, file], env: [] })),
    ...(connection.abilities.claudeCode
      ? {
          _meta: renderSessionMeta({
            options: context.options,
            instructions: renderInstructions(context.instructions()),
            verbatim,
          }),
        }
      : {}),
  }
}

/**
 * Before the first prompt, whatever the agent's own settings say: in mode `default` it asks, and the host's rules answer. Only
 * `plan` is passed on, since that changes what the agent does; edits are accepted, and everything allowed, by the host.
 */
async function setMode(
  { connection, context }: SessionRequest,
  id: string,
  opened: unknown,
): Promise<string | undefined> {
  const modes = field(opened, 'modes')
  const listed = field(modes, 'availableModes')
  const ids = Array.isArray(listed) ? listed.map((mode) => field(mode, 'id')) : []
  const wanted = context.options.permissionMode === 'plan' ? 'plan' : 'default'
  if (ids.includes(wanted)) {
    await connection.request('session/set_mode', { sessionId: id, modeId: wanted })
    return wanted
  }
  if (wanted === 'plan')
    throw unavailable(`${connection.abilities.name} has no mode "plan"`, {
      hint: 'Start with another --permission-mode.',
    })
  // No modes at all is the usual case: then it asks for what its own settings say.
  if (ids.length === 0) return undefined
  const current = String(field(modes, 'currentModeId'))
  context.report({
    kind: 'notice',
    level: 'warning',
    text: `${connection.abilities.name} has no mode "default"; it is in mode "${current}", and asks for what that mode asks for.`,
  })
  return current
}

/** By the option that the agent has for it; claude-agent-acp has taken it from `_meta` already. */
async function setModel({ connection, context }: SessionRequest, id: string, opened: unknown): Promise<void> {
  const { model } = context.options
  if (model === undefined || connection.abilities.claudeCode) return
  const options = field(opened, 'configOptions')
  const option = Array.isArray(options) ? options.find((one) => field(one, 'category') === 'model') : undefined
  const configId = field(option, 'id')
  if (configId === undefined)
    throw unavailable(`${connection.abilities.name} lets no model be chosen`, { hint: 'Start without --model.' })
  await connection.request('session/set_config_option', { sessionId: id, configId, value: model })
}

function notSignedIn({ abilities }: AcpConnection, cause: unknown) {
  const ways = abilities.signIn.length === 0 ? '' : ` It offers: ${abilities.signIn.join('; ')}.`
  return unavailable(`${abilities.name} is not signed in to its provider`, {
    hint: `Sign in with the agent's own command, or set its key in the environment, then start again.${ways}`,
    cause,
  })
}

function field(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : undefined
}
