/** `pair` and `deny`: what becomes of a code, always by the code itself and never by who happens to wait. */
import type { AccessResult } from '@backchannel/protocol'
import { showPlainly } from '../../relay/show.ts'
import { describeAsker } from '../admission.ts'
import type { PendingPairing } from '../pairing.ts'
import { type AccessCommand, type Choice, type CommandPorts, describePerson, done, onlyWord } from './command.ts'
import { letIn } from './senders.ts'

export const pairCommand: AccessCommand = {
  name: 'pair',
  usage: 'CODE',
  summary: 'lets in the sender who was shown CODE',
  example: 'a1b2c3',
  complete: (args, ports) => (args.length === 0 ? waiting(ports) : []),
  async run(args, ports) {
    const code = onlyWord(args, 'pair takes one code.')
    const found = await ports.pairings.find(code)
    if (!found) return unknownCode(code, ports)
    const result = ports.grants === 'sender' ? await letInPaired(found, ports) : await makeApprover(found, ports)
    // Only now: where the list could not be written, the code is still good.
    await ports.pairings.take(code)
    await ports.paired(found)
    return result
  },
}

export const denyCommand: AccessCommand = {
  name: 'deny',
  usage: 'CODE',
  summary: 'throws the code away; its sender hears nothing',
  example: 'a1b2c3',
  complete: (args, ports) => (args.length === 0 ? waiting(ports) : []),
  async run(args, ports) {
    const code = onlyWord(args, 'deny takes one code.')
    const found = await ports.pairings.take(code)
    return found ? done(`The code of ${describePerson(found)} is thrown away.`) : unknownCode(code, ports)
  },
}

async function letInPaired(found: PendingPairing, ports: CommandPorts): Promise<AccessResult> {
  const who = describePerson(found)
  const { isNew, isOwner } = await letIn(found, ports)
  if (!isNew) return done(`${who} could write already.`)
  const role = isOwner ? `, and as the first one is the owner: their answers to permission prompts count` : ''
  return done(
    `${who} can write to the agent now${role}. To undo it: ${ports.command} remove ${showPlainly(found.sender)}`,
  )
}

async function makeApprover({ sender, chat, name }: PendingPairing, ports: CommandPorts): Promise<AccessResult> {
  const since = new Date(ports.now()).toISOString()
  const added = await ports.approvers.add({ sender, chat, since, ...(name === undefined ? {} : { name }) })
  const who = describePerson({ sender, name })
  if (!added) return done(`${who} could approve already.`)
  const undo = `${ports.command} approver remove ${showPlainly(sender)}`
  return done(`${who} can now approve what the agent asks for. To undo it: ${undo}`)
}

async function waiting({ pairings }: CommandPorts): Promise<readonly Choice[]> {
  return (await pairings.list()).toReversed().map((one) => ({ value: one.code, summary: describeAsker(one) }))
}

function unknownCode(code: string, { command, operatorWord }: CommandPorts): AccessResult {
  const elsewhere = operatorWord ? '' : ' A Backchannel session keeps its codes to itself: they are paired in it.'
  return {
    ok: false,
    text: `No code ${showPlainly(code.slice(0, 20))} waits here: it was used, has expired, or belongs to another channel. ${command} status lists those that do.${elsewhere}`,
  }
}
