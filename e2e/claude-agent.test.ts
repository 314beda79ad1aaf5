/** Claude through the real Agent SDK keeps the agent contract, against a stand-in for the Messages API. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory, freePort } from '@backchannel/testkit'
import { agentContract } from '@backchannel/testkit/agent-contract'
import { startMessagesApi } from '@backchannel/testkit/messages-api'
import { FOLDER } from './support/client.ts'
import { arrange, reached } from './support/scripted-model.ts'

const COMMAND = join(import.meta.dirname, '../dist/cli/start.cjs')
const SDK = process.env['CLAUDE_SDK'] ?? join(FOLDER, 'node_modules/@anthropic-ai/claude-agent-sdk')

agentContract({
  name: 'Claude through the Agent SDK',
  hasProcess: true,
  async open() {
    const temporary = await createTempDirectory('backchannel-claude-')
    const [home, cwd] = [join(temporary.path, 'home'), join(temporary.path, 'project')]
    await Promise.all([mkdir(home), mkdir(cwd)])
    const marker = { command: 'sh', args: ['-c', 'touch second-poller'] }
    await writeFile(join(cwd, '.mcp.json'), JSON.stringify({ mcpServers: { poller: marker } }))
    await writeFile(join(cwd, 'rules.json'), JSON.stringify({ permissions: { allow: ['Bash(sleep *)'] } }))
    const api = await startMessagesApi()
    const fakechatPort = await freePort()
    return {
      command: process.execPath,
      args: [COMMAND, '--agent', 'claude', '--channels', 'plugin:fakechat@backchannel', '--settings', 'rules.json'],
      env: {
        HOME: home,
        TMPDIR: temporary.path,
        PATH: '/usr/bin:/bin',
        BACKCHANNEL_CLAUDE_SDK: SDK,
        ANTHROPIC_API_KEY: api.apiKey,
        ANTHROPIC_BASE_URL: api.url,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        FAKECHAT_PORT: String(fakechatPort),
      },
      cwd,
      fakechatPort,
      arrange: (act) => arrange(api, act),
      reachedModel: () => reached(api),
      secrets: [api.apiKey],
      async [Symbol.asyncDispose]() {
        await api.close()
        await temporary[Symbol.asyncDispose]()
      },
    }
  },
})
