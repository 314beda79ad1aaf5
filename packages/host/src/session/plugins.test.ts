/** Plugins of a running session: installed, updated and removed without a restart, and nothing else touched. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { serverPath, waitFor } from '@backchannel/testkit'
import { describe, expect, test } from 'vitest'
import { writeFiles } from '../testing/folder.ts'
import { openPluginSession } from '../testing/plugin-session.ts'
import { createPluginHome, marketplaceFiles } from '../testing/plugins.ts'
import { createAgent, type TestSession } from '../testing/session.ts'

const SERVER = { command: process.execPath, args: [serverPath('sdk-channel')], env: { EVENTS: '[]' } }
const plugin = (name: string, version = '1.0.0') => ({
  '.claude-plugin/plugin.json': { name, version },
  '.mcp.json': { [name]: SERVER },
})
const PLUGINS = { chat: plugin('chat'), more: plugin('more') }
const agent = () => createAgent(async () => {})

/** Types a command, and waits for the notice that answers it. */
async function type({ session, recorder }: TestSession, line: string, answer: RegExp): Promise<string> {
  const before = recorder.of('notice').length
  session.input({ type: 'command', text: line })
  const since = () => recorder.of('notice').slice(before)
  const found = await waitFor(() => since().find(({ message }) => answer.test(message)), {
    what: `an answer like ${answer} to ${line}`,
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${JSON.stringify(since(), null, 2)}`)
  })
  return found.message
}

test('from a session without the plugin to one that has its messages', async () => {
  const home = await createPluginHome(marketplaceFiles('acme', 'acme', PLUGINS))
  const opened = await openPluginSession(home, { agent: agent(), channels: ['plugin:chat@acme'] })
  const { recorder } = opened
  await opened.session.settled
  expect(recorder.of('channel.refused')).toMatchObject([{ entry: 'plugin:chat@acme', reason: 'not-found' }])
  await type(opened, '/plugin marketplace add ../acme', /marketplace acme was added/)
  await type(opened, '/plugin install chat', /chat@acme 1\.0\.0 was installed/)
  await type(opened, '/reload-plugins', /^Plugins reloaded: chat started\.$/)
  expect(recorder.of('channel.refused').at(-1)).toMatchObject({ entry: 'plugin:chat@acme', reason: 'not-allowlisted' })
  await type(opened, '/plugin allow chat', /chat@acme is allowed now/)
  await type(opened, '/reload-plugins', /^Plugins reloaded: chat let in now\.$/)
  await recorder.wait('channel.registered')
  expect(await type(opened, '/channels', /plugin:chat@acme/)).toContain('chat  (plugin:chat@acme)  registered')
  await type(opened, '/plugin disallow chat', /no longer on your allowlist/)
  await type(opened, '/reload-plugins', /^Plugins reloaded: chat no longer let in\.$/)
  expect(recorder.of('channel.closed')).toEqual([])
})

test('what has not changed is not touched; what has is started again, what is gone ends', async () => {
  const home = await createPluginHome(marketplaceFiles('acme', 'acme', PLUGINS))
  for (const line of ['marketplace add ../acme', 'install chat more', 'allow chat']) await home.done(line)
  const opened = await openPluginSession(home, { agent: agent(), channels: ['plugin:chat@acme'] })
  const { session, recorder } = opened
  await session.settled
  // Unnamed, it is a server like any other: its tools work, its messages are not let in.
  expect(recorder.of('channel.refused')).toMatchObject([{ entry: 'plugin:more@acme', reason: 'not-opted-in' }])
  const [chat, more] = session.channels.channels
  expect([chat?.plan.source, more?.tools.map(({ name }) => name)]).toEqual(['chat', ['reply', 'emit']])
  await type(opened, '/reload-plugins', /^No plugin has changed\. Not touched: chat, more\.$/)

  await writeFiles(home.root, marketplaceFiles('acme', 'acme', { chat: plugin('chat'), more: plugin('more', '2.0.0') }))
  await type(opened, '/plugin update', /more@acme 2\.0\.0 was updated from 1\.0\.0/)
  await type(opened, '/reload-plugins', /^Plugins reloaded: more started in its new version\. Not touched: chat\.$/)
  expect(recorder.of('channel.closed')).toMatchObject([{ entry: 'plugin:more@acme', restarting: true }])
  expect([session.channels.channels[0], session.channels.channels[1] === more]).toEqual([chat, false])

  await type(opened, '/plugin disable more', /more@acme is switched off/)
  await type(opened, '/reload-plugins', /^Plugins reloaded: more ended\. Not touched: chat\.$/)
  expect(session.channels.channels).toEqual([chat])
  await type(opened, '/plugin uninstall chat', /chat@acme 1\.0\.0 was uninstalled/)
  await type(opened, '/reload-plugins', /^Plugins reloaded: chat ended\.$/)
  expect([session.channels.channels, session.channels.tools()]).toEqual([[], []])
}, 60_000)

describe('entries', () => {
  test('two plugins of one short name cannot share a source', async () => {
    const home = await createPluginHome({
      ...marketplaceFiles('one', 'one', PLUGINS),
      ...marketplaceFiles('two', 'two', PLUGINS),
    })
    for (const line of ['marketplace add ../one', 'marketplace add ../two', 'install chat@one chat@two'])
      await home.done(line)
    const channels = ['plugin:chat@one', 'plugin:chat@two']
    const { session, recorder } = await openPluginSession(home, { agent: agent(), channels })
    await session.settled
    expect(recorder.of('channel.refused').find(({ entry }) => entry === 'plugin:chat@two')).toMatchObject({
      reason: 'failed-to-start',
      message: expect.stringContaining('this session has a channel "chat" already, plugin:chat@one.'),
    })
    expect(session.channels.channels).toHaveLength(1)
  })

  test('the allowlist goes by where the plugin came from', async () => {
    const home = await createPluginHome({
      ...marketplaceFiles('one', 'acme', PLUGINS),
      ...marketplaceFiles('two', 'acme', PLUGINS),
    })
    for (const line of ['marketplace add ../one', 'install chat', 'allow chat']) await home.done(line)
    for (const line of ['marketplace add ../two --replace', 'install chat']) await home.done(line)
    const { session, recorder } = await openPluginSession(home, { agent: agent(), channels: ['plugin:chat@acme'] })
    await session.settled
    expect(recorder.of('channel.refused')).toMatchObject([{ entry: 'plugin:chat@acme', reason: 'not-allowlisted' }])
    expect(recorder.of('channel.registered')).toEqual([])
  })

  test('records that cannot be read are told, and the session starts without', async () => {
    const home = await createPluginHome({ 'home/plugins/installed.json': '{' })
    const { session, recorder } = await openPluginSession(home, { agent: agent() })
    await session.settled
    await recorder.notice(/^Installed plugins cannot be used: .*installed\.json is not valid JSON/)
  })
})

test('a start clears away what a killed process has left half-made', async () => {
  const home = await createPluginHome({
    ...marketplaceFiles('acme', 'acme', PLUGINS),
    'home/plugins/staging/999999999-x/plugin/server.js': '',
    'home/plugins/installed/acme/chat/0.9.0~abc/server.js': '',
    'home/plugins/marketplaces/gone/abc/x': '',
    'home/plugins/installed.json.123456': '{',
    'home/plugins/in-use/999999999': '/x',
  })
  for (const line of ['marketplace add ../acme', 'install chat']) await home.done(line)
  await writeFiles(home.root, {
    'home/plugins/staging/999999998-y/x': '',
    'home/plugins/installed/acme/more/1~x/x': '',
  })
  const { session } = await openPluginSession(home, { agent: agent() })
  await session.settled
  const { folders } = home.ports
  expect((await readdir(folders.root)).sort()).toEqual([
    ...['data', 'in-use', 'installed', 'installed.json', 'lock', 'marketplaces', 'marketplaces.json', 'staging'],
  ])
  expect(await readdir(folders.installed, { recursive: true })).not.toContain('acme/more')
  expect((await readdir(join(folders.installed, 'acme/chat'))).length).toBe(1)
  expect([await readdir(folders.staging), await readdir(folders.marketplaces)]).toEqual([[], []])
  expect(await readdir(folders.inUse)).toEqual([String(process.pid)])
})

test('a mistyped verb is answered, and the session goes on', async () => {
  const home = await createPluginHome()
  const opened = await openPluginSession(home, { agent: agent() })
  await type(opened, '/plugin instal x', /There is no \/plugin "instal"\. Did you mean \/plugin install\?/)
  await type(opened, '/plugin', /^Usage: \/plugin VERB …/)
  await type(opened, '/reload-plugins now', /^No plugin has changed\.$/)
})
