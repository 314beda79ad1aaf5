/** `allow` and `remove`: who may write. */
import { showPlainly } from '../../relay/show.ts'
import { renderAccess } from '../access-file.ts'
import { checkApprover } from '../approvers-file.ts'
import { type AccessCommand, type Choice, type CommandPorts, done, onlyWord, showIds } from './command.ts'

export const allowCommand: AccessCommand = {
  name: 'allow',
  usage: 'SENDER',
  summary: "lets a sender write, by the platform's id",
  example: '412587349',
  async run(args, ports) {
    const sender = onlyWord(args, "allow takes one sender's id.")
    const { isNew, isOwner } = await letIn({ sender, chat: sender }, ports)
    const shown = showPlainly(sender)
    if (!isNew) return done(`${shown} could write already.`)
    const role = isOwner ? ', and as the first one is the owner: their answers to permission prompts count' : ''
    return done(`${shown} can write to the agent now${role}.`)
  },
}

export const removeCommand: AccessCommand = {
  name: 'remove',
  usage: 'SENDER',
  summary: 'they may neither write nor approve any more',
  example: '412587349',
  complete: async (args, { store }) => (args.length === 0 ? (await store.load()).allowFrom.map(toChoice) : []),
  async run(args, ports) {
    const { store, approvers, command } = ports
    const sender = onlyWord(args, "remove takes one sender's id.")
    const same = (id: string) => (ports.normalize ?? plain)(id) === (ports.normalize ?? plain)(sender)
    let left: readonly string[] = []
    let removed = false
    // Taking somebody out does not fail for a list of approvers that can't be used; that is told afterwards.
    await approvers.settle().catch(() => {})
    await store.change((access) => {
      left = access.allowFrom.filter((id) => !same(id))
      removed = left.length < access.allowFrom.length
      return removed ? renderAccess(access, { set: { allowFrom: left } }) : undefined
    })
    const wasApprover = ports.named === undefined && (await approvers.remove(sender))
    const shown = showPlainly(sender)
    if (!removed && !wasApprover)
      return {
        ok: false,
        text: `${shown} is not on the list. ${left.length === 0 ? 'Nobody is.' : `There is ${showIds(left)}.`}`,
      }
    const [last, ...more] = left
    const alone = last !== undefined && more.length === 0 && (await approvers.list()).length === 0
    return done(
      `${shown} can write no longer${wasApprover ? ', and their answers to permission prompts count no longer' : ''}.`,
      ...(alone
        ? [`Nobody is named as approver: ${command} approver add ${showPlainly(last)} names the one who is left.`]
        : []),
    )
  },
}

export interface LetIn {
  readonly isNew: boolean
  /** The first one who was let in is whose machine it is. */
  readonly isOwner: boolean
}

/** @throws BackchannelError where a list can't be written */
export async function letIn(
  { sender, chat, name }: { readonly sender: string; readonly chat: string; readonly name?: string },
  { store, approvers, named, normalize = plain, now }: CommandPorts,
): Promise<LetIn> {
  checkApprover({ sender, chat })
  // Who was the owner as the only one stays it when others come.
  await approvers.settle()
  const first = named === undefined && (await approvers.list()).length === 0
  let isNew = false
  let isOwner = false
  await store.change((access) => {
    isNew = !access.allowFrom.some((id) => normalize(id) === normalize(sender))
    isOwner = first && access.allowFrom.length === 0
    return isNew ? renderAccess(access, { set: { allowFrom: [...access.allowFrom, sender] } }) : undefined
  })
  if (isOwner) {
    const since = new Date(now()).toISOString()
    await approvers.add({ sender, chat, since, ...(name === undefined ? {} : { name }) })
  }
  return { isNew, isOwner }
}

function toChoice(value: string): Choice {
  return { value, summary: 'may write' }
}

function plain(id: string): string {
  return id
}
