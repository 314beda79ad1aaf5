/** `approver` and `relay`: whose answers to permission prompts count, and where prompts go. */
import { showPlainly } from '../../relay/show.ts'
import { RELAY_MODES, type RelayMode } from '../approvers-file.ts'
import { type AccessCommand, type CommandPorts, done, oneWordOf, showIds, UsageProblem } from './command.ts'

export const approverCommand: AccessCommand = {
  name: 'approver',
  usage: 'add|remove SENDER',
  summary: 'whose answers to permission prompts count',
  example: 'add 412587349',
  async complete([action, sender], { approvers, store, grants }) {
    if (action === undefined)
      return [
        { value: 'add', summary: 'their answers count' },
        { value: 'remove', summary: 'their answers count no longer' },
      ]
    if (sender !== undefined) return []
    const list = await approvers.list()
    if (action === 'remove') return list.map((one) => ({ value: one.sender, summary: one.name ?? 'an approver' }))
    const others = grants === 'sender' ? (await store.load()).allowFrom : []
    return others
      .filter((id) => !list.some((one) => one.sender === id))
      .map((value) => ({ value, summary: 'may write' }))
  },
  async run([action, sender, ...more], ports) {
    if (sender === undefined || more.length > 0) throw new UsageProblem('approver takes add or remove, and a sender.')
    const shown = showPlainly(sender)
    if (action === 'add') {
      const since = new Date(ports.now()).toISOString()
      const added = await ports.approvers.add({ sender, chat: sender, since })
      const said = added ? `${shown} can now approve what the agent asks for.` : `${shown} could approve already.`
      return done(said, ...(await explainUnheard(sender, ports)))
    }
    if (action !== 'remove')
      throw new UsageProblem(`approver takes add or remove, and "${showPlainly(action ?? '')}" is neither.`)
    const removed = await ports.approvers.remove(sender)
    if (removed) return done(`The verdicts of ${shown} count no longer.`)
    const known = (await ports.approvers.list()).map((one) => one.sender)
    const there = known.length === 0 ? 'There is none.' : `There is ${showIds(known)}.`
    return { ok: false, text: `${shown} is no approver. ${there}` }
  },
}

/** Of a channel with a list of who may write, only those on it approve. */
async function explainUnheard(sender: string, ports: CommandPorts): Promise<readonly string[]> {
  const { grants, store, command, normalize = (id: string) => id, isOwner } = ports
  if (grants !== 'sender' || isOwner?.(sender)) return []
  const { access } = await store.read()
  if (access?.allowFrom.some((id) => normalize(id) === normalize(sender))) return []
  return [`They may not write yet, and count from then on: ${command} allow ${showPlainly(sender)}`]
}

const MEANINGS: Readonly<Record<RelayMode, string>> = {
  off: 'Prompts are answered in the terminal only.',
  dm: 'Prompts go to the owner.',
  origin: 'Prompts go to the chat that caused them where an approver is in it, else to the owner.',
}

export const relayCommand: AccessCommand = {
  name: 'relay',
  usage: 'origin|dm|off',
  summary: 'where prompts go: to the chat that caused them, to the owner, nowhere',
  example: 'dm',
  complete: (args) => (args.length === 0 ? RELAY_MODES.map((value) => ({ value, summary: MEANINGS[value] })) : []),
  async run(args, { approvers }) {
    const mode = oneWordOf(args, RELAY_MODES, `relay takes one of ${RELAY_MODES.join(', ')}.`)
    await approvers.setMode(mode)
    return done(MEANINGS[mode])
  },
}
