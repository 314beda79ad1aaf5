/** What the operator can say about access to a channel: `status`, `pair`, `deny`, `approver`, `relay`. */
import { type AccessResult, renderError } from '@backchannel/protocol'
import { showPlainly } from '../relay/show.ts'
import type { Approvers } from './approvers.ts'
import { RELAY_MODES } from './approvers-file.ts'
import type { Pairings } from './pairing.ts'

export interface AccessCommandPorts {
  /** As the operator calls these: `/fakechat:access`. */
  readonly command: string
  readonly approvers: Approvers
  readonly pairings: Pairings
  now(): number
}

/** The whole help, with an example. @param command how it is called here, such as `/fakechat:access` */
export function renderAccessHelp(command: string): string {
  return [
    `What can follow ${command}:`,
    '  status                    who may approve, and which codes wait',
    '  pair CODE                 lets the sender who was shown CODE approve what the agent asks for',
    '  deny CODE                 throws the code away',
    "  approver add SENDER       names an approver by the sender's id",
    '  approver remove SENDER    their verdicts count no longer',
    '  relay origin|dm|off       where prompts go: to the chat that caused them, to the owner, nowhere',
    '',
    `For example: ${command} pair a1b2c3`,
  ].join('\n')
}

/** Never rejects. */
export async function runAccessCommand(args: readonly string[], ports: AccessCommandPorts): Promise<AccessResult> {
  const [action = 'status', ...rest] = args
  try {
    switch (action) {
      case 'status':
        return done(await renderStatus(ports))
      case 'help':
      case '--help':
        return done(renderAccessHelp(ports.command))
      case 'pair':
        return await pair(rest, ports)
      case 'deny':
        return await deny(rest, ports)
      case 'approver':
        return await approver(rest, ports)
      case 'relay':
        return await relay(rest, ports)
      default:
        return usage(ports, `There is no "${showPlainly(action)}" here.`)
    }
  } catch (thrown) {
    return { ok: false, text: renderError(thrown) }
  }
}

async function pair([code, ...more]: readonly string[], ports: AccessCommandPorts): Promise<AccessResult> {
  if (code === undefined || more.length > 0) return usage(ports, 'pair takes one code.')
  const found = await ports.pairings.find(code)
  if (!found) return unknownCode(code, ports)
  const { sender, chat, name } = found
  const since = new Date(ports.now()).toISOString()
  const added = await ports.approvers.add({ sender, chat, since, ...(name === undefined ? {} : { name }) })
  // Only now: where the list could not be written, the code is still good.
  await ports.pairings.take(code)
  const who = describe(found)
  if (!added) return done(`${who} could approve already.`)
  return done(
    `${who} can now approve what the agent asks for. To undo it: ${ports.command} approver remove ${showPlainly(sender)}`,
  )
}

async function deny([code, ...more]: readonly string[], ports: AccessCommandPorts): Promise<AccessResult> {
  if (code === undefined || more.length > 0) return usage(ports, 'deny takes one code.')
  const found = await ports.pairings.take(code)
  return found ? done(`The code of ${describe(found)} is thrown away.`) : unknownCode(code, ports)
}

async function approver(
  [action, sender, ...more]: readonly string[],
  ports: AccessCommandPorts,
): Promise<AccessResult> {
  if (sender === undefined || more.length > 0) return usage(ports, 'approver takes add or remove, and a sender.')
  const shown = showPlainly(sender)
  if (action === 'add') {
    const since = new Date(ports.now()).toISOString()
    const added = await ports.approvers.add({ sender, chat: sender, since })
    return done(added ? `${shown} can now approve what the agent asks for.` : `${shown} could approve already.`)
  }
  if (action !== 'remove')
    return usage(ports, `approver takes add or remove, and "${showPlainly(action ?? '')}" is neither.`)
  const removed = await ports.approvers.remove(sender)
  if (removed) return done(`The verdicts of ${shown} count no longer.`)
  const known = (await ports.approvers.list()).map((one) => showPlainly(one.sender))
  return {
    ok: false,
    text: `${shown} is no approver. ${known.length === 0 ? 'There is none.' : `There is ${known.join(', ')}.`}`,
  }
}

async function relay([mode, ...more]: readonly string[], ports: AccessCommandPorts): Promise<AccessResult> {
  const found = RELAY_MODES.find((known) => known === mode)
  if (found === undefined || more.length > 0) return usage(ports, `relay takes one of ${RELAY_MODES.join(', ')}.`)
  await ports.approvers.setMode(found)
  const meaning = {
    off: 'Prompts are answered in the terminal only.',
    dm: 'Prompts go to the owner.',
    origin: 'Prompts go to the chat that caused them where an approver is in it, else to the owner.',
  }
  return done(meaning[found])
}

async function renderStatus({ approvers, pairings, command, now }: AccessCommandPorts): Promise<string> {
  const list = await approvers.list()
  const problem = await approvers.problem()
  const codes = await pairings.list()
  const people = list.map(
    ({ sender, name, since }, at) =>
      `  ${describe({ sender, name })}${at === 0 ? ', the owner' : ''}${since === undefined ? '' : `, since ${showPlainly(since.slice(0, 16).replace('T', ' '))}`}`,
  )
  const pending = codes.map(
    (one) =>
      `  ${showPlainly(one.code)}  ${describe(one)}, for ${Math.max(1, Math.round((one.expiresAt - now()) / 60_000))} more minutes`,
  )
  return [
    people.length === 0 ? 'Nobody can approve through this channel.' : 'Who can approve what the agent asks for:',
    ...(problem === undefined ? [] : [`  ${problem}`]),
    ...people,
    ...(pending.length === 0 ? [] : [`Codes that wait for ${command} pair CODE:`, ...pending]),
    `Relay: ${await approvers.mode()}.`,
  ].join('\n')
}

/** The id first: a name is the sender's to choose, and may look like somebody else's id. */
function describe({ sender, name }: { readonly sender: string; readonly name?: string | undefined }): string {
  return name === undefined ? showPlainly(sender) : `${showPlainly(sender)} (${showPlainly(name)})`
}

function unknownCode(code: string, { command }: AccessCommandPorts): AccessResult {
  return {
    ok: false,
    text: `No code ${showPlainly(code.slice(0, 20))} waits here: it was used, has expired, or belongs to another channel. ${command} status lists those that do.`,
  }
}

function usage({ command }: AccessCommandPorts, problem: string): AccessResult {
  return { ok: false, text: `${problem}\n${renderAccessHelp(command)}` }
}

function done(text: string): AccessResult {
  return { ok: true, text }
}
