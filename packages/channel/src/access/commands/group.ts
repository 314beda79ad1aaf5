/** `group`: the groups that are heard, and who in them. */
import { isRecord } from '@backchannel/protocol'
import { showPlainly } from '../../relay/show.ts'
import { rawGroups, renderAccess } from '../access-file.ts'
import { checkApprover } from '../approvers-file.ts'
import { type AccessCommand, type CommandPorts, done, showIds, UsageProblem } from './command.ts'

const PROBLEM = 'group takes add or remove, and the id of a group.'

export const groupCommand: AccessCommand = {
  name: 'group',
  usage: 'add|remove GROUP [--no-mention] [--allow A,B]',
  summary: 'hears a group where it is mentioned; --no-mention every message, --allow these members only',
  example: 'add -1001654782309 --allow 412587349,628194073',
  async complete([action, id, ...options], { store }) {
    if (action === undefined)
      return [
        { value: 'add', summary: 'hears a group' },
        { value: 'remove', summary: 'hears it no longer' },
      ]
    if (id === undefined && action === 'remove')
      return [...(await store.load()).groups.keys()].map((value) => ({ value, summary: 'is heard' }))
    if (id === undefined || action !== 'add') return []
    return OPTIONS.filter(({ value }) => !options.includes(value))
  },
  async run(args, ports) {
    const [action, id = '', ...options] = args
    if (id === '') throw new UsageProblem(PROBLEM)
    if (action === 'add') return add(id, options, ports)
    if ((action !== 'remove' && action !== 'rm') || options.length > 0) throw new UsageProblem(PROBLEM)
    return remove(id, ports)
  },
}

const OPTIONS = [
  { value: '--no-mention', summary: 'every message is heard' },
  { value: '--allow', summary: 'only these members, separated by commas' },
]

async function add(id: string, options: readonly string[], { store }: CommandPorts) {
  const { requireMention, allowFrom } = readOptions(options)
  for (const sender of [id, ...allowFrom]) checkApprover({ sender, chat: sender })
  await store.change((access) => {
    const groups = rawGroups(access)
    const before = Object.hasOwn(groups, id) && isRecord(groups[id]) ? groups[id] : {}
    const group = { ...before, requireMention, allowFrom }
    return renderAccess(access, { set: { groups: { ...groups, [id]: group } } })
  })
  const who = allowFrom.length === 0 ? 'every member' : showIds(allowFrom)
  return done(`Group ${showPlainly(id)} is heard: ${who}, ${requireMention ? 'when mentioned' : 'every message'}.`)
}

async function remove(id: string, { store }: CommandPorts) {
  let removed = false
  let left: readonly string[] = []
  await store.change((access) => {
    removed = access.groups.has(id)
    left = [...access.groups.keys()].filter((one) => one !== id)
    const others = Object.fromEntries(Object.entries(rawGroups(access)).filter(([one]) => one !== id))
    return removed ? renderAccess(access, { set: { groups: others } }) : undefined
  })
  if (removed) return done(`Group ${showPlainly(id)} is heard no longer.`)
  const there = left.length === 0 ? 'There is none.' : `There is ${showIds(left)}.`
  return { ok: false, text: `${showPlainly(id)} is no group of this channel. ${there}` }
}

/** By hand: the id of a group may begin with "-", which parsers take for an option. */
function readOptions(options: readonly string[]): { requireMention: boolean; allowFrom: readonly string[] } {
  const words = [...options]
  let requireMention = true
  const allowFrom: string[] = []
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const list = word === '--allow' ? (words.shift() ?? '') : word.startsWith('--allow=') ? word.slice(8) : undefined
    if (word === '--no-mention') requireMention = false
    else if (list === undefined)
      throw new UsageProblem(`group add takes --no-mention and --allow, not "${showPlainly(word)}".`)
    else {
      const ids = list.split(',').filter((id) => id !== '')
      if (ids.length === 0) throw new UsageProblem('--allow takes ids of members, separated by commas.')
      allowFrom.push(...ids)
    }
  }
  return { requireMention, allowFrom: [...new Set(allowFrom)] }
}
