/** `status`: who may write, who may approve, and which codes wait. */
import { renderError } from '@backchannel/protocol'
import { showPlainly } from '../../relay/show.ts'
import type { AccessFile } from '../access-file.ts'
import { describeAsker } from '../admission.ts'
import { type AccessCommand, type CommandPorts, describePerson, done, showIds } from './command.ts'
import { restoreHint } from './restore.ts'

const MOST_CODES = 20

export const statusCommand: AccessCommand = {
  name: 'status',
  usage: '[--json]',
  summary: 'who may write and approve, and which codes wait',
  example: '',
  complete: () => [{ value: '--json', summary: 'for scripts' }],
  async run(args, ports) {
    if (args.includes('--json')) return done(JSON.stringify(await describe(ports)))
    const lines = [...(ports.grants === 'sender' ? await renderWriters(ports) : []), ...(await renderApprovers(ports))]
    return done(...lines, ...(await renderCodes(ports)), `Relay: ${await ports.approvers.mode()}.`)
  },
}

async function renderWriters({ store, command }: CommandPorts): Promise<readonly string[]> {
  const { access, problem } = await store.read()
  if (!access)
    return [
      'Nobody may write:',
      `  ${problem.message} ${problem.hint ?? ''}`.trimEnd(),
      ...(await restoreHint(store.file, command)),
    ]
  return [
    POLICIES[access.dmPolicy],
    access.allowFrom.length === 0 ? 'Nobody is on the list.' : `Who may write: ${showIds(access.allowFrom)}`,
    ...renderGroups(access),
    ...access.warnings.map((warning) => `Note: ${warning}`),
    ...(store.isStatic ? ['Access is static in this process: no command changes it.'] : []),
    ...(access.dmPolicy === 'pairing' && access.allowFrom.length > 0
      ? [`When everybody is in: ${command} policy allowlist`]
      : []),
  ]
}

const POLICIES = {
  pairing: 'Policy pairing: a stranger who writes is shown a code.',
  allowlist: 'Policy allowlist: strangers hear nothing.',
  disabled: 'Policy disabled: nobody is heard, groups included, and no prompt is sent.',
}

function renderGroups({ groups }: AccessFile): readonly string[] {
  return [...groups].slice(0, MOST_CODES).map(([id, { requireMention, allowFrom }]) => {
    const who = allowFrom.length === 0 ? 'every member' : showIds(allowFrom)
    return `Group ${showPlainly(id)}: ${who}, ${requireMention ? 'when mentioned' : 'every message'}`
  })
}

async function renderApprovers({ approvers, grants, store }: CommandPorts): Promise<readonly string[]> {
  const list = await approvers.list()
  const { problem: told } = grants === 'sender' ? await store.read() : {}
  const found = await approvers.problem()
  // Said above already.
  const problem = told && found === renderError(told) ? undefined : found
  const people = list.map(({ sender, name, since }, at) => {
    const from = since === undefined ? '' : `, since ${showPlainly(since.slice(0, 16).replace('T', ' '))}`
    return `  ${describePerson({ sender, name })}${at === 0 ? ', the owner' : ''}${from}`
  })
  return [
    people.length === 0 ? 'Nobody can approve through this channel.' : 'Who can approve what the agent asks for:',
    ...(problem === undefined ? [] : [`  ${problem}`]),
    ...people,
  ]
}

async function renderCodes({ pairings, command, now }: CommandPorts): Promise<readonly string[]> {
  const codes = await pairings.list().catch(() => [])
  if (codes.length === 0) return []
  // The newest: whoever is waited for has just written.
  const shown = codes.slice(-MOST_CODES)
  const lines = shown.map((one) => {
    const minutes = Math.max(1, Math.round((one.expiresAt - now()) / 60_000))
    return `  ${showPlainly(one.code)}  ${describeAsker(one)}, for ${minutes} more minutes`
  })
  const more = codes.length - shown.length
  return [`Codes that wait for ${command} pair CODE:`, ...(more === 0 ? [] : [`  ${more} older ones`]), ...lines]
}

/** The same for scripts; what a channel does not have is not in it. */
async function describe({ grants, store, approvers, pairings }: CommandPorts): Promise<Record<string, unknown>> {
  const { access, problem } = await store.read()
  const writers = access && {
    policy: access.dmPolicy,
    allow_from: access.allowFrom,
    groups: Object.fromEntries(
      [...access.groups].map(([id, { requireMention, allowFrom }]) => [
        id,
        { require_mention: requireMention, allow_from: allowFrom },
      ]),
    ),
    warnings: access.warnings,
  }
  return {
    ...(grants === 'sender' ? (writers ?? { problem: problem?.message }) : {}),
    approvers: await approvers.list(),
    approvers_problem: (await approvers.problem()) ?? null,
    relay: await approvers.mode(),
    pending: await pairings.list().catch(() => []),
  }
}
