/**
 * A channel plugin as others write it: the manifests, the start through bun, the one-file server on the MCP SDK and the
 * skill that the official channels have. Installed and run unchanged; an event comes in, and the reply goes out.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { freePort, waitFor } from '@backchannel/testkit'
import { expect, test } from 'vitest'
import { createDemoAgent } from '../agents/demo.ts'
import { openPluginSession } from '../testing/plugin-session.ts'
import { createPluginHome } from '../testing/plugins.ts'

const sdk = (name: string) => createRequire(import.meta.url).resolve(`@modelcontextprotocol/sdk/${name}.js`)
const ROOT = ['$', '{CLAUDE_PLUGIN_ROOT}'].join('')

const SERVER = `#!/usr/bin/env bun
import { appendFileSync, mkdirSync } from 'fs'
import { homedir } from 'os'
import { join } from 'path'
import { Server } from '${sdk('server/index')}'
import { StdioServerTransport } from '${sdk('server/stdio')}'
import { CallToolRequestSchema, ListToolsRequestSchema } from '${sdk('types')}'

const STATE = process.env.PARROT_STATE_DIR ?? join(homedir(), '.claude', 'channels', 'parrot')
mkdirSync(STATE, { recursive: true, mode: 0o700 })

const mcp = new Server(
  { name: 'parrot', version: '1.0.0' },
  {
    capabilities: { tools: {}, experimental: { 'claude/channel': {} } },
    instructions: 'The sender reads the perch, not this session: everything goes through the reply tool.',
  },
)
mcp.setRequestHandler(ListToolsRequestSchema, async () => ({
  tools: [
    {
      name: 'reply',
      description: 'Reply on the perch. Pass chat_id from the inbound message.',
      inputSchema: {
        type: 'object',
        properties: { chat_id: { type: 'string' }, text: { type: 'string' } },
        required: ['chat_id', 'text'],
      },
    },
  ],
}))
mcp.setRequestHandler(CallToolRequestSchema, async (req) => {
  const args = (req.params.arguments ?? {}) as Record<string, unknown>
  appendFileSync(join(STATE, 'sent.txt'), \`\${args.chat_id}: \${args.text}\\n\`)
  return { content: [{ type: 'text', text: 'sent' }] }
})
await mcp.connect(new StdioServerTransport())

Bun.serve({
  port: Number(process.env.PARROT_PORT),
  hostname: '127.0.0.1',
  async fetch(req) {
    const content = await req.text()
    void mcp.notification({
      method: 'notifications/claude/channel',
      params: { content, meta: { chat_id: '7', message_id: '1', user: 'polly', ts: new Date().toISOString() } },
    })
    return new Response('ok')
  },
})
process.stderr.write('parrot channel: up\\n')
process.stdin.on('end', () => process.exit(0))
`

const FILES = {
  'market/.claude-plugin/marketplace.json': {
    $schema: 'https://anthropic.com/claude-code/marketplace.schema.json',
    name: 'birds',
    description: 'Plugins for birds',
    owner: { name: 'A bird', email: 'bird@example.com' },
    plugins: [
      {
        name: 'parrot',
        description: 'A perch for your session',
        author: { name: 'A bird' },
        source: './external_plugins/parrot',
        category: 'productivity',
        homepage: 'https://example.com/parrot',
      },
    ],
  },
  'market/external_plugins/parrot/.claude-plugin/plugin.json': {
    name: 'parrot',
    description: 'A perch for your session',
    version: '0.0.7',
    keywords: ['parrot', 'messaging', 'channel', 'mcp'],
  },
  'market/external_plugins/parrot/.mcp.json': {
    mcpServers: {
      parrot: { command: 'bun', args: ['run', '--cwd', ROOT, '--shell=bun', '--silent', 'start'] },
    },
  },
  'market/external_plugins/parrot/package.json': {
    name: 'claude-channel-parrot',
    version: '0.0.1',
    license: 'Apache-2.0',
    type: 'module',
    bin: './server.ts',
    scripts: { start: 'bun install --no-summary 1>&2 && bun server.ts' },
  },
  'market/external_plugins/parrot/.npmrc': 'registry=http://127.0.0.1:9/\n',
  'market/external_plugins/parrot/server.ts': SERVER,
  'market/external_plugins/parrot/README.md': '# Parrot\n',
  'market/external_plugins/parrot/skills/access/SKILL.md':
    '---\nname: access\ndescription: Manage who may reach the perch.\nuser-invocable: true\nallowed-tools:\n  - Read\n  - Write\n---\n\n# /parrot:access\n',
}

test('runs in a session, from its marketplace to its reply', async () => {
  const home = await createPluginHome(FILES)
  expect((await home.run('validate ../market')).text).toMatch(/is valid \(0 errors, 0 warnings\)/)
  await home.done('marketplace add ../market')
  expect(await home.done('install parrot')).toContain('parrot@birds 0.0.7 was installed: 7 files')
  await home.done('allow parrot')
  const port = await freePort()
  const env = { PATH: process.env['PATH'], HOME: home.root, PARROT_PORT: String(port) }
  const { session, recorder } = await openPluginSession(home, {
    agent: createDemoAgent(),
    channels: ['plugin:parrot@birds'],
    env,
  })
  await session.settled
  expect(recorder.of('channel.refused')).toEqual([])
  expect(recorder.of('channel.registered')).toMatchObject([{ entry: 'plugin:parrot@birds', source: 'parrot' }])
  await recorder.notice(/parrot channel: up/)
  await waitFor(
    () => fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: 'hello there' }).catch(() => undefined),
    {
      what: 'the perch',
    },
  )
  const turn = await recorder.wait('turn.started')
  expect(turn.input).toMatch(
    /^<channel source="parrot" chat_id="7" message_id="1" user="polly" ts=".*">\nhello there\n<\/channel>$/,
  )
  const called = await recorder.wait('tool.called')
  expect(called).toMatchObject({ tool: 'mcp__plugin_parrot_parrot__reply', input: { chat_id: '7' } })
  await recorder.wait('turn.finished')
  expect(await readFile(join(home.root, '.claude/channels/parrot/sent.txt'), 'utf8')).toMatch(/^7: .*hello there/)
})
