/** A unit and an agent say what to start, take odd folders literally, and hold no secret. */
import { expect, test } from 'vitest'
import { planService } from './service.ts'

const options = {
  channels: ['telegram', 'webhook'],
  command: ['/opt/my node/node', '/opt/100%/$x/start.cjs'],
  home: '/home/ada',
  env: { PATH: '/usr/bin', TELEGRAM_BOT_TOKEN: '123:secret', BACKCHANNEL_HOME: '/home/ada/<b> & "c"' },
}

test('systemd', () => {
  const { path, content, next } = planService({ ...options, platform: 'linux' })
  expect(path).toBe('/home/ada/.config/systemd/user/backchannel-telegram-webhook.service')
  expect(content).toContain('ExecStart="/opt/my node/node" "/opt/100%%/$$x/start.cjs" "up" "telegram" "webhook"\n')
  expect(content).toContain('Environment="BACKCHANNEL_HOME=/home/ada/<b> & \\"c\\""\n')
  expect(content).not.toContain('secret')
  expect(next[1]).toBe('systemctl --user enable --now backchannel-telegram-webhook.service')
})

test('launchd', () => {
  const { path, content } = planService({ ...options, platform: 'darwin' })
  expect(path).toBe('/home/ada/Library/LaunchAgents/dev.backchannel.up.telegram-webhook.plist')
  expect(content).toContain('<string>/opt/100%/$x/start.cjs</string>')
  expect(content).toContain('<string>/home/ada/&lt;b&gt; &amp; "c"</string>')
  expect(content).not.toContain('secret')
})

test('elsewhere it says what the system is to start', () => {
  expect(() => planService({ ...options, platform: 'win32' })).toThrow(/no service for win32/)
})
