/** Who may be started from a project's file: asked in a terminal, recorded, and headless by naming that server alone. */
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { createConsents } from '../mcp/consents.ts'
import { createOperator, createPreparation, prepare } from '../testing/prepare.ts'
import { prepareSession } from './prepare.ts'

const SERVERS = {
  '.mcp.json': {
    mcpServers: {
      one: { command: 'node', args: ['./one.js'], env: { NODE_OPTIONS: '--require ./evil.js' }, cwd: './sub' },
      two: { command: 'two' },
      three: { command: 'three' },
    },
  },
}

const names = (plans: readonly { readonly server: string }[]) => plans.map(({ server }) => server)

test('headless: naming a server after a flag is consent to that server alone', async () => {
  const { plans, notices, refusals } = await prepare({ files: SERVERS, development: ['server:two'] })
  expect(names(plans)).toEqual(['two'])
  expect(refusals).toEqual([])
  expect(notices.map(({ level, message }) => `${level} ${message.split(' of ')[0]}`)).toEqual([
    'warning The server "one"',
    'warning The server "three"',
  ])
  expect(notices[0]?.message).toContain('no consent to its command is recorded')
})

test('headless: a name in the user’s settings is no consent, since any project can use that name', async () => {
  const { plans, refusals, notices } = await prepare({ files: SERVERS, settings: ['server:two'] })
  expect(plans).toEqual([])
  expect(refusals).toMatchObject([{ entry: 'server:two', reason: 'consent-refused' }])
  expect(notices).toHaveLength(2)
})

test('headless: a recorded consent counts for exactly that command', async () => {
  const options = await createPreparation({ files: SERVERS })
  const two = { name: 'two', command: 'two', args: [], env: {}, file: '' }
  await createConsents(options.paths.consents).grant(options.cwd, [two, { ...two, name: 'three', command: 'other' }])
  const prepared = await prepareSession(options)
  expect(prepared !== 'declined' && names(prepared.plans)).toEqual(['two'])
})

test('headless: an unreadable record consents to nothing, and says so', async () => {
  const options = await createPreparation({ files: SERVERS })
  const two = { name: 'two', command: 'two', args: [], env: {}, file: '' }
  await createConsents(options.paths.consents).grant(options.cwd, two)
  await writeFile(options.paths.consents, 'no JSON')
  const prepared = await prepareSession(options)
  if (prepared === 'declined') throw new Error('declined')
  expect(prepared.plans).toEqual([])
  expect(prepared.notices[0]).toMatchObject({
    level: 'error',
    message: expect.stringContaining('No project server has a recorded consent'),
  })
})

test('in a terminal each server is asked about, with all of its command line; the answers are recorded', async () => {
  const operator = createOperator({ one: 'use', three: 'use' })
  const options = await createPreparation({ files: SERVERS, options: { dialogs: operator.dialogs } })
  const prepared = await prepareSession(options)
  if (prepared === 'declined') throw new Error('declined')
  expect(operator.asked.map(({ name, command }) => `${name}: ${command}`)).toEqual([
    'one: NODE_OPTIONS="--require ./evil.js" node ./one.js (in ./sub)',
    'two: two',
    'three: three',
  ])
  expect(operator.asked[0]?.file).toBe(`${options.cwd}/.mcp.json`)
  expect(names(prepared.plans)).toEqual(['one', 'three'])
  expect(prepared.notices).toEqual([])

  const again = createOperator()
  await prepareSession({ ...options, dialogs: again.dialogs })
  expect(again.asked.map(({ name }) => name)).toEqual(['two'])
})

test('use all: the rest is not asked about, and all of them are recorded', async () => {
  const operator = createOperator({ one: 'refuse', two: 'use-all' })
  const options = await createPreparation({ files: SERVERS, options: { dialogs: operator.dialogs } })
  const prepared = await prepareSession(options)
  expect(operator.asked.map(({ name }) => name)).toEqual(['one', 'two'])
  expect(prepared !== 'declined' && names(prepared.plans)).toEqual(['two', 'three'])
  expect((await createConsents(options.paths.consents).list()).map(({ server }) => server)).toEqual([
    'one',
    'two',
    'three',
  ])
})

test('a server that was named and refused in the dialog is a refusal', async () => {
  const operator = createOperator({ one: 'use' })
  const { plans, refusals } = await prepare({
    files: SERVERS,
    development: ['server:two'],
    options: { dialogs: operator.dialogs },
  })
  expect(names(plans)).toEqual(['one'])
  expect(refusals).toMatchObject([{ entry: 'server:two', reason: 'consent-refused' }])
})

test.runIf(process.platform !== 'win32')(
  'a consent that cannot be recorded holds for this session, and says so',
  async () => {
    const operator = createOperator({ one: 'use' })
    const options = await createPreparation({ files: SERVERS, options: { dialogs: operator.dialogs } })
    await writeFile(options.paths.home, 'a file where the folder should be')
    const prepared = await prepareSession(options)
    if (prepared === 'declined') throw new Error('declined')
    expect(names(prepared.plans)).toEqual(['one'])
    expect(prepared.notices.some(({ message }) => message.startsWith('The consent holds for this session only:'))).toBe(
      true,
    )
    await chmod(options.paths.home, 0o600)
    expect(await readFile(options.paths.home, 'utf8')).toContain('a file where')
  },
)

test('a server that --mcp-config replaces is not asked about', async () => {
  const operator = createOperator()
  const { plans } = await prepare({
    files: {
      '.mcp.json': { mcpServers: { one: { command: 'project' } } },
      'more.json': { mcpServers: { one: { command: 'given' } } },
    },
    options: { dialogs: operator.dialogs, mcpConfig: 'more.json' },
  })
  expect(operator.asked).toEqual([])
  expect(plans.map(({ command }) => command.command)).toEqual(['given'])
})

test('leaving while a dialog is open declines', async () => {
  const leaving = new AbortController()
  const dialogs = {
    confirmFolder: async () => 'trust' as const,
    confirmDevelopmentChannels: async () => 'continue' as const,
    confirmServer: async () => {
      leaving.abort()
      throw leaving.signal.reason
    },
  }
  const options = await createPreparation({ files: SERVERS, options: { dialogs, signal: leaving.signal } })
  expect(await prepareSession(options)).toBe('declined')
})

test('declined in a terminal: the refusal says that it was a choice, not how to be asked', async () => {
  const operator = createOperator({ one: 'refuse', two: 'refuse', three: 'refuse' })
  const { refusals } = await prepare({
    files: SERVERS,
    development: ['server:two'],
    options: { dialogs: operator.dialogs },
  })
  expect(refusals).toMatchObject([{ entry: 'server:two', reason: 'consent-refused' }])
  expect(refusals[0]?.message).toContain('you chose to continue without it')
})
