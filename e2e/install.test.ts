/** Our marketplace in the real client: valid, installable, connected, and harmless to what is there already. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pinnedVersion } from './support/client.ts'
import { canLook, findServers, listeningPorts } from './support/processes.ts'
import { takeSnapshot } from './support/snapshot.ts'
import { createWorld, install, MARKETPLACE, PLUGINS, type Run, type World } from './support/world.ts'

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
  assertConnected(await world.run(['mcp', 'list']))
  world.api.script({ blocks: [{ tool: 'mcp__plugin_fakechat_fakechat__check_messages', input: {} }] }, 'done')
  const session = await world.run(['-p', 'begin', '--allowedTools', 'mcp__plugin_fakechat_fakechat'])
  expect([session.stdout, world.api.requests.at(-1)?.toolResults[0]?.text]).toEqual([
    'done\n',
    expect.stringMatching(/^Nothing waits in fakechat/),
  ])
  expect(takeSnapshot(world.channels)).toEqual(before)
})

test('mcp list connects to each server, and nothing is opened or made to be looked at', async () => {
  const before = takeSnapshot(world.channels)
  const client = world.start(['mcp', 'list'])
  let running = true
  void client.done.finally(() => {
    running = false
  })
  const seen = new Set<number>()
  const ports: number[] = []
  while (running) {
    for (const { pid } of canLook ? findServers(client.pid) : []) {
      seen.add(pid)
      ports.push(...listeningPorts(pid))
    }
    await delay(2)
  }
  assertConnected(await client.done)
  expect(ports).toEqual([])
  if (canLook) expect(seen.size).toBeGreaterThan(0)
  // A channel that starts begins with its journal.
  expect(takeSnapshot(world.channels)).toEqual(before)
})

test('nobody asked for anything outside of this machine', () => {
  expect(world.outside.asked).toEqual([])
})

function assertConnected({ stdout }: Run): void {
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
