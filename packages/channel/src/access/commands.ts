/** What the operator can say about access to a channel: `status`, `pair`, `deny`, `approver`, `relay`. */
import { type AccessResult, renderError } from '@backchannel/protocol'
import type { Approvers } from './approvers.ts'
import { RELAY_MODES } from './approvers-file.ts'
import type { PendingPairing } from './pairing.ts'

export interface AccessCommandPorts {
  readonly name: string
  readonly approvers: Approvers
  waiting(): Promise<readonly PendingPairing[]>
  take(code: string): Promise<PendingPairing | undefined>
  now(): number
}

/** The whole help, with an example. @param command how it is called here, such as `/fakechat:access` */
export function renderAccessHelp(command: string): string {
  return [
    `${command} status                    who may approve, and which codes wait`,
    `${command} pair CODE                 lets the sender who was shown CODE approve what the agent asks for`,
    `${command} deny CODE                 throws the code away`,
    `${command} approver add SENDER       names an approver by the sender's id`,
    `${command} approver remove SENDER    their verdicts count no longer`,
    `${command} relay origin|dm|off       where prompts go: to the chat that caused them, to the owner, nowhere`,
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
        return done(renderAccessHelp(`/${ports.name}:access`))
      case 'pair':
        return await pair(rest, ports)
      case 'deny':
        return await deny(rest, ports)
      case 'approver':
        return await approver(rest, ports)
      case 'relay':
        return await relay(rest, ports)
      default:
        return usage(ports, `There is no "${action.slice(0, 40)}" here.`)
    }
  } catch (thrown) {
    return { ok: false, text: renderError(thrown) }
  }
}

async function pair([code, ...more]: readonly string[], ports: AccessCommandPorts): Promise<AccessResult> {
  if (code === undefined || more.length > 0) return usage(ports, 'pair takes one code.')
  const found = await ports.take(code)
  if (!found) return unknownCode(code, ports)
  const { sender, chat, name } = found
  const since = new Date(ports.now()).toISOString()
  const added = await ports.approvers.add({ sender, chat, since, ...(name === undefined ? {} : { name }) })
  const who = describe(found)
  if (!added) return done(`${who} could approve already.`)
  return done(
    `${who} can now approve what the agent asks for. To undo it: /${ports.name}:access approver remove ${sender}`,
  )
}

async function deny([code, ...more]: readonly string[], ports: AccessCommandPorts): Promise<AccessResult> {
  if (code === undefined || more.length > 0) return usage(ports, 'deny takes one code.')
  const found = await ports.take(code)
  return found ? done(`The code of ${describe(found)} is thrown away.`) : unknownCode(code, ports)
}

async function approver(
  [action, sender, ...more]: readonly string[],
  ports: AccessCommandPorts,
): Promise<AccessResult> {
  if (sender === undefined || more.length > 0) return usage(ports, 'approver takes add or remove, and a sender.')
  if (action === 'add') {
    const since = new Date(ports.now()).toISOString()
    const added = await ports.approvers.add({ sender, chat: sender, since })
    return done(added ? `${sender} can now approve what the agent asks for.` : `${sender} could approve already.`)
  }
  if (action !== 'remove') return usage(ports, `approver takes add or remove, and "${action}" is neither.`)
  const removed = await ports.approvers.remove(sender)
  if (removed) return done(`The verdicts of ${sender} count no longer.`)
  const known = (await ports.approvers.list()).map((one) => one.sender)
  return {
    ok: false,
    text: `${sender} is no approver. ${known.length === 0 ? 'There is none.' : `There is ${known.join(', ')}.`}`,
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

async function renderStatus({ approvers, waiting, name, now }: AccessCommandPorts): Promise<string> {
  const list = await approvers.list()
  const codes = await waiting()
  const people = list.map(
    ({ sender, name: called, since }, at) =>
      `  ${sender}${called === undefined ? '' : ` (${called})`}${at === 0 ? ', the owner' : ''}${since === undefined ? '' : `, since ${since.slice(0, 16).replace('T', ' ')}`}`,
  )
  const pending = codes.map(
    (one) =>
      `  ${one.code}  ${describe(one)}, for ${Math.max(1, Math.round((one.expiresAt - now()) / 60_000))} more minutes`,
  )
  return [
    people.length === 0 ? 'Nobody can approve through this channel.' : 'Who can approve what the agent asks for:',
    ...people,
    ...(pending.length === 0 ? [] : [`Codes that wait for /${name}:access pair CODE:`, ...pending]),
    `Relay: ${await approvers.mode()}.`,
  ].join('\n')
}

function describe({ sender, name }: PendingPairing): string {
  return name === undefined ? sender : `${name} (${sender})`
}

function unknownCode(code: string, { name }: AccessCommandPorts): AccessResult {
  return {
    ok: false,
    text: `No code ${code.slice(0, 20)} waits here: it was used, has expired, or belongs to another channel. /${name}:access status lists those that do.`,
  }
}

function usage({ name }: AccessCommandPorts, problem: string): AccessResult {
  return { ok: false, text: `${problem}\n${renderAccessHelp(`/${name}:access`)}` }
}

function done(text: string): AccessResult {
  return { ok: true, text }
}
