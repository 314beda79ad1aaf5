/** What a channel concludes about its registration from a host that does not say. */
import { expect, it } from 'vitest'
import { concludeRegistration } from './registration.ts'

const DEVELOPMENT = '--dangerously-load-development-channels'

/** Processes from the nearest on; a line that ends in `…` hides its arguments behind a title. */
const tree = (...lines: string[]) =>
  lines.map((line) => ({ arguments: line.replace(/…$/, '').split(' '), hidden: line.endsWith('…') }))

const conclude = (
  ancestors: ReturnType<typeof tree> | undefined,
  { client = 'some-host', env = {} }: { client?: string; env?: Record<string, string> } = {},
) => concludeRegistration({ channel: 'alerts', client, ancestors, env })

it.each([
  ['a plugin entry', 'claude --channels plugin:alerts@any'],
  ['an instance', 'claude --channels plugin:alerts@any#work'],
  ['a bare server', `claude ${DEVELOPMENT} server:alerts`],
  ['one of several entries', 'claude --channels plugin:chat@any plugin:alerts@any tell me'],
  ['the second flag', `claude --channels plugin:chat@any ${DEVELOPMENT} server:alerts`],
  ['an equals sign', 'claude --channels=plugin:alerts@any'],
  ['other flags around it', 'claude -c --model opus --channels plugin:alerts@any --verbose'],
  ['the package run by node', 'node /lib/node_modules/@anthropic-ai/claude-code/cli.js --channels plugin:alerts@any'],
  ['the script run by node', '/usr/bin/node --no-warnings /usr/bin/claude --channels plugin:alerts@any'],
  ['another host', 'my-agent --channels plugin:alerts@any'],
])('is registered by %s', (_, line) => {
  expect(conclude(tree('node start.js', line, 'bash', 'systemd'), { client: 'claude-code' })).toEqual({
    registered: true,
    because: 'the session was started with this channel',
  })
})

it('is registered by entries that were quoted as one argument', () => {
  const quoted = { arguments: ['claude', '--channels', 'plugin:chat@any plugin:alerts@any'], hidden: false }
  expect(conclude([quoted])).toMatchObject({ registered: true })
})

it.each([
  ['no flag', 'claude'],
  ['another channel', 'claude --channels plugin:chat@any'],
  ['a channel whose name begins the same', `claude --channels plugin:alerts2@any ${DEVELOPMENT} server:alerts.x`],
  ['its name alone', 'claude --channels alerts'],
  ['an entry that belongs to no flag', 'claude plugin:alerts@any'],
  ['an entry after the prompt', 'claude --channels plugin:chat@any hello server:alerts'],
  ['the .exe', 'C:\\bin\\claude.exe --channels plugin:chat@any'],
])('is not registered by %s', (_, line) => {
  expect(conclude(tree('sh -c start.js', line, 'bash'))).toEqual({
    registered: false,
    because:
      'the session was started without it; name it plugin:alerts@MARKETPLACE after --channels or server:alerts after --dangerously-load-development-channels, or set BACKCHANNEL_ATTACH=1',
  })
})

it('looks at its own session only, not at one that started it', () => {
  const outer = 'claude --channels plugin:alerts@any'
  expect(conclude(tree('claude -p hello', 'zsh -c claude-p', outer))).toMatchObject({ registered: false })
  expect(conclude(tree('claude --channels plugin:alerts@any', 'zsh -c x', 'claude'))).toMatchObject({
    registered: true,
  })
})

it('takes a launcher and what it launches as one', () => {
  expect(conclude(tree('node start.js', '/opt/claude --mcp', 'node /bin/claude --channels plugin:alerts@any'))).toEqual(
    {
      registered: true,
      because: 'the session was started with this channel',
    },
  )
})

it.each([
  ['unreadable ancestors', undefined, 'some-host'],
  ['unreadable ancestors of Claude Code', undefined, 'claude-code'],
  ['an unknown host', tree('my-agent', 'bash'), 'some-host'],
  ['a Claude Code that hides its arguments', tree('node start.js', 'claude…', 'bash'), 'claude-code'],
  ['a user named claude', tree('my-agent', 'sudo -u claude my-agent', 'su - claude'), 'some-host'],
  ['a folder named claude', tree('my-agent /home/claude', 'ls /home/claude'), 'some-host'],
])('is registered on the handshake with %s', (_, ancestors, client) => {
  expect(conclude(ancestors, { client })).toEqual({
    registered: true,
    because: 'the host does not say which channels it registers',
  })
})

it('is not registered where only the handshake says that it is Claude Code', () => {
  expect(conclude(tree('renamed --verbose', 'bash'), { client: 'claude-code' })).toMatchObject({ registered: false })
})

it.each([
  ['1', true],
  ['true', true],
  ['0', false],
  ['false', false],
])('takes the word of the operator before everything else: %s', (word, registered) => {
  const env = { BACKCHANNEL_ATTACH: word }
  for (const line of ['claude', 'claude --channels plugin:alerts@any', 'my-agent']) {
    expect(conclude(tree(line), { env })).toEqual({ registered, because: `BACKCHANNEL_ATTACH=${word}` })
  }
})

it.each(['', 'yes', '2'])('takes no other word: %j', (word) => {
  expect(conclude(tree('claude'), { env: { BACKCHANNEL_ATTACH: word } })).toMatchObject({ registered: false })
})
