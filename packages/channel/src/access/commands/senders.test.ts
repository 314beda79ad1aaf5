/** The commands of a channel with a list of who may write: what each does to `access.json`, says, and completes. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory } from '@backchannel/testkit'
import { expect, it } from 'vitest'
import { createLog } from '../../log.ts'
import { createAccess } from '../access.ts'

const prepare = async (content?: unknown) => {
  const folder = await createTempDirectory()
  const file = join(folder.path, 'access.json')
  const write = (value: unknown) => writeFile(file, typeof value === 'string' ? value : JSON.stringify(value))
  if (content !== undefined) await write(content)
  const log = createLog('telegram', () => {})
  const access = createAccess({ directory: folder.path, name: 'telegram', grants: 'sender', operatorWord: true, log })
  const say = async (line: string) => {
    const { ok, text } = await access.run(line.split(' '))
    return `${ok ? 'ok' : 'no'} ${text}`
  }
  const complete = async (line: string) => (await access.complete(line.split(' '))).map(({ value }) => value)
  const read = async () => JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
  return { access, say, complete, read, write, file, [Symbol.asyncDispose]: () => folder.remove() }
}
const OFFICIAL = { dmPolicy: 'pairing', allowFrom: ['1'], groups: { '-5': { requireMention: true, ours: 1 } }, ours: 2 }

it.each([
  ['policy allowlist', { dmPolicy: 'allowlist' }],
  ['allow 2', { allowFrom: ['1', '2'] }],
  ['remove 1', { allowFrom: [] }],
  ['group add -7', { groups: { ...OFFICIAL.groups, '-7': { requireMention: true, allowFrom: [] } } }],
  [
    'group add -5 --no-mention --allow 1,2',
    { groups: { '-5': { requireMention: false, ours: 1, allowFrom: ['1', '2'] } } },
  ],
  ['group add -5 --allow=3', { groups: { '-5': { requireMention: true, ours: 1, allowFrom: ['3'] } } }],
  ['group remove -5', { groups: {} }],
  ['group rm -5', { groups: {} }],
  ['set ackReaction 👀', { ackReaction: '👀' }],
  ['set replyToMode all', { replyToMode: 'all' }],
  ['set textChunkLimit 2000', { textChunkLimit: 2000 }],
  ['set chunkMode newline', { chunkMode: 'newline' }],
  ['set mentionPatterns ["^hey claude\\\\b"]', { mentionPatterns: ['^hey claude\\b'] }],
  ['set ours default', undefined],
])('%s', async (line, change) => {
  await using made = await prepare(OFFICIAL)
  expect(await made.say(line)).toMatch(change ? /^ok / : /^no set takes one of ackReaction, /)
  expect(await made.read().then(({ pending: _, ...file }) => file)).toEqual({ ...OFFICIAL, ...change })
})

it('a key that is taken out is as if it had never been set', async () => {
  await using made = await prepare({ ...OFFICIAL, replyToMode: 'all' })
  expect(await made.say('set replyToMode default')).toBe('ok replyToMode is as the channel comes.')
  expect(await made.read()).not.toHaveProperty('replyToMode')
})

it.each([
  ['policy open', 'policy takes one of pairing, allowlist, disabled.'],
  ['group add', 'group takes add or remove, and the id of a group.'],
  ['group join -5', 'group takes add or remove, and the id of a group.'],
  ['group add -5 --quiet', 'group add takes --no-mention and --allow, not "--quiet".'],
  ['group add -5 --allow', '--allow takes ids of members'],
  ['set', 'set takes one of ackReaction'],
  ['set replyToMode', 'set replyToMode takes off, first, all, or default.'],
  ['set textChunkLimit 0', 'textChunkLimit takes a whole number from 1 on.'],
  ['set ackReaction yes', 'ackReaction takes one emoji.'],
  ['set mentionPatterns claude', 'mentionPatterns takes a JSON list'],
  ['set mentionPatterns ["("]', '"(" is a pattern, but a "(" has no ")".'],
  ['alow 2', 'There is no "alow" here. Did you mean allow?'],
  ['restore 1 2', 'restore takes the digits that it has shown.'],
])('%s: %s, with the usage, and nothing is changed', async (line, problem) => {
  await using made = await prepare(OFFICIAL)
  const said = await made.say(line)
  expect(said).toContain(`no ${problem}`)
  expect(said).toMatch(/\nUsage: \/telegram:access \w+.*\nFor example: \/telegram:access \w+/)
  expect(await made.read()).toEqual(OFFICIAL)
})

it.each(['__proto__', 'constructor'])('a group or sender that is called %s is one like any other', async (id) => {
  await using made = await prepare(OFFICIAL)
  expect(await made.say(`group add ${id}`)).toMatch(/^ok /)
  expect(await made.say(`allow ${id}`)).toMatch(/^ok /)
  const access = await made.access.current()
  expect([[...(access?.groups.keys() ?? [])], access?.allowFrom]).toEqual([
    ['-5', id],
    ['1', id],
  ])
  expect(await made.say(`group remove ${id}`)).toMatch(/^ok /)
  expect(await made.say(`remove ${id}`)).toMatch(/^ok /)
  expect(await made.read()).toMatchObject(OFFICIAL)
})

it('help explains all, or one', async () => {
  await using made = await prepare()
  const help = await made.say('help')
  for (const word of [
    'status',
    'pair',
    'deny',
    'allow',
    'remove',
    'policy',
    'group',
    'set',
    'approver',
    'relay',
    'restore',
  ])
    expect(help).toMatch(new RegExp(`^ {2}${word}\\b`, 'm'))
  expect(await made.say('help group')).toContain('For example: /telegram:access group add -100')
  expect(await made.say('policy --help')).toContain('Usage: /telegram:access policy pairing|allowlist|disabled')
})

it('completes what is there: words, codes, senders, groups, values', async () => {
  await using made = await prepare(OFFICIAL)
  const { complete, access } = made
  const answer = await access.admit({ sender: '9', chat: '9', kind: 'direct', text: '' })
  const code = answer.kind === 'pair' ? answer.code : ''
  expect(await complete('p')).toEqual(['pair', 'policy'])
  expect(await complete('pair ')).toEqual([code])
  expect(await complete('remove ')).toEqual(['1'])
  expect(await complete('policy d')).toEqual(['disabled'])
  expect(await complete('group ')).toEqual(['add', 'remove'])
  expect(await complete('group remove -')).toEqual(['-5'])
  expect(await complete('group add -5 --no-mention --')).toEqual(['--allow'])
  expect(await complete('set re')).toEqual(['replyToMode'])
  expect(await complete('set replyToMode ')).toEqual(['off', 'first', 'all', 'default'])
  expect(await complete('approver remove ')).toEqual(['1'])
  expect(await complete('unknown ')).toEqual([])
  await made.write('{')
  expect(await complete('remove ')).toEqual([])
})

it('restore shows the difference first, and puts back only what was shown', async () => {
  await using made = await prepare(OFFICIAL)
  expect(await made.say('restore')).toMatch(/^no There is no earlier copy/)
  await made.say('allow 2')
  await made.write({ dmPolicy: 'pairing', allowFrom: ['666'], mine: 3 })
  const shown = await made.say('restore')
  expect(shown).toContain('  1 may write\n  2 may write\n  666 may write no longer\n  -5 is a group that is heard\n')
  const [, digits = ''] = /access restore ([0-9a-f]{6})$/.exec(shown) ?? []
  await made.write('{"half')
  const again = await made.say(`restore ${digits}`)
  expect(again).toMatch(/^no "[0-9a-f]{6}" are not the digits: one of the files has changed\.\n.*is not valid JSON/)
  expect(await readFile(made.file, 'utf8')).toBe('{"half')
  expect(await made.say('status')).toContain('An earlier copy is there: /telegram:access restore shows it.')
  const [, now = ''] = /access restore ([0-9a-f]{6})$/.exec(again) ?? []
  expect(await made.say(`restore ${now}`)).toMatch(/^ok .* is as it was/)
  expect(await made.read()).toEqual({ ...OFFICIAL, allowFrom: ['1', '2'] })
  expect(await readFile(`${made.file}.replaced`, 'utf8')).toBe('{"half')
})
