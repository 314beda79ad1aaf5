/** A unit and an agent say what to start, take odd folders literally, and hold no secret. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { planService } from './service.ts'

const options = {
  channels: ['telegram', 'webhook'],
  command: ['/opt/my node/node', '/opt/100%/$x/start.cjs'],
  home: '/home/ada',
  env: { PATH: '/usr/bin', TELEGRAM_BOT_TOKEN: '123:secret', BACKCHANNEL_HOME: '/home/ada/<b> & "c" $d' },
}

test('systemd', () => {
  const { path, content, next } = planService({ ...options, platform: 'linux' })
  expect(path).toBe('/home/ada/.config/systemd/user/backchannel-telegram-webhook.service')
  expect(content).toContain(
    'ExecStart=/usr/bin/env "/opt/my node/node" "/opt/100%%/$$x/start.cjs" "up" "telegram" "webhook"\n',
  )
  expect(content).toContain('Environment="BACKCHANNEL_HOME=/home/ada/<b> & \\"c\\" $d"\n')
  expect(content).not.toContain('secret')
  expect(next[1]).toBe('systemctl --user enable --now backchannel-telegram-webhook.service')
})

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backchannel-unit-'))
})
afterAll(() => rm(folder, { recursive: true }))

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

test.skipIf(!hasSystemd)('systemd reads the unit without a complaint', async () => {
  const command = [join(folder, 'my $x 100% "node"'), '/opt/start.cjs']
  await writeFile(command[0] ?? '', '#!/bin/sh\n', { mode: 0o755 })
  const { path, content } = planService({ ...options, command, platform: 'linux' })
  const file = join(folder, basename(path))
  await writeFile(file, content)
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

test('launchd', () => {
  const { path, content } = planService({ ...options, platform: 'darwin' })
  expect(path).toBe('/home/ada/Library/LaunchAgents/dev.backchannel.up.telegram-webhook.plist')
  expect(content).toContain('<string>/opt/100%/$x/start.cjs</string>')
  expect(content).toContain('<string>/home/ada/&lt;b&gt; &amp; "c" $d</string>')
  expect(content).not.toContain('secret')
})

test('elsewhere it says what the system is to start', () => {
  expect(() => planService({ ...options, platform: 'win32' })).toThrow(/no service for win32/)
})
