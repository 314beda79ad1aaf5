/** Our marketplace in the real client: valid, installable, connected, and harmless to what is there already. */

import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pinnedVersion } from './support/client.ts'
import { takeSnapshot } from './support/snapshot.ts'
import { createWorld, install, MARKETPLACE, PLUGINS, type World } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

test('this is the pinned client', async () => {
  expect((await world.run(['--version'])).stdout).toBe(`${pinnedVersion()} (Claude Code)\n`)
})

test.each(['', ...PLUGINS.map((name) => `plugins/${name}`)])(
  'plugin validate dist/marketplace/%s finds no fault',
  async (path) => {
    const { stdout, stderr } = await world.run(['plugin', 'validate', join(MARKETPLACE, path)])
    expect(stdout).toContain('✔ Validation passed')
    expect(stderr).toBe('')
    // Advice about a README is none; warnings and errors are these.
    expect(stdout.split('\n').filter((line) => /^\s*[⚠✘✖×]/.test(line))).toEqual([])
  },
)

test('installing, looking and a session change nothing of an official set-up', async () => {
  await makeOfficialSetUp()
  const before = takeSnapshot(world.channels)
  expect(Object.keys(before)).toContain('telegram/.env')
  await install(world)
  const listed = await world.run(['plugin', 'list'])
  for (const name of PLUGINS) expect(listed.stdout).toContain(`${name}@backchannel`)
  await assertConnected()
  world.api.script({ blocks: [{ tool: 'mcp__plugin_fakechat_fakechat__check_messages', input: {} }] }, 'done')
  const session = await world.run(['-p', 'begin', '--allowedTools', 'mcp__plugin_fakechat_fakechat'])
  expect([session.stdout, world.api.requests.at(-1)?.toolResults[0]?.text]).toEqual([
    'done\n',
    expect.stringMatching(/^Nothing waits in fakechat/),
  ])
  expect(takeSnapshot(world.channels)).toEqual(before)
})

test('mcp list connects to each server although others have the ports: nothing is opened to be looked at', async () => {
  const others = await Promise.all(Object.values(world.ports).map(occupy))
  try {
    await assertConnected()
    expect(others.map(({ connections }) => connections())).toEqual([0, 0])
  } finally {
    for (const { server } of others) server.close()
  }
})

test('nobody asked for anything outside of this machine', () => {
  expect(world.outside.asked).toEqual([])
})

async function assertConnected(): Promise<void> {
  const { stdout } = await world.run(['mcp', 'list'])
  for (const name of PLUGINS) {
    const line = stdout.split('\n').find((text) => text.startsWith(`plugin:${name}:${name}:`))
    expect(line, stdout).toMatch(/✔ Connected$/)
  }
}

/** What the official plugins leave in a home, and a fakechat that was used. */
async function makeOfficialSetUp(): Promise<void> {
  const access = { dmPolicy: 'allowlist', allowFrom: ['412587349'], groups: {}, pending: {}, unknown: { kept: true } }
  const files = {
    'telegram/.env': 'TELEGRAM_BOT_TOKEN=123:ABC\n',
    'telegram/access.json': `${JSON.stringify(access, null, 2)}\n`,
    'telegram/bot.pid': '4242',
    'discord/.env': 'DISCORD_BOT_TOKEN=xyz\n',
    'fakechat/inbox/1-note.txt': 'kept',
    'fakechat/access.json': `${JSON.stringify(access)}\n`,
  }
  for (const [name, content] of Object.entries(files)) {
    const path = join(world.channels, name)
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 })
    await writeFile(path, content, { mode: 0o600 })
  }
}

async function occupy(port: number): Promise<{ server: Server; connections: () => number }> {
  let count = 0
  const server = createServer((socket) => {
    count += 1
    socket.destroy()
  })
  server.listen({ port, host: '127.0.0.1' })
  await once(server, 'listening')
  return { server, connections: () => count }
}
