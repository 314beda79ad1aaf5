/** A machine with the command, the real Agent SDK and the stand-in for the Messages API, and nothing else. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory, freePort } from '@backchannel/testkit'
import type { AgentWorld } from '@backchannel/testkit/agent-contract'
import { type MessagesApi, startMessagesApi } from '@backchannel/testkit/messages-api'
import { FOLDER } from './client.ts'
import { arrange, reached } from './scripted-model.ts'

const COMMAND = join(import.meta.dirname, '../../dist/cli/start.cjs')
const SDK = process.env['CLAUDE_SDK'] ?? join(FOLDER, 'node_modules/@anthropic-ai/claude-agent-sdk')

export interface ClaudeWorld extends AgentWorld {
  readonly api: MessagesApi
  readonly home: string
}

export interface ClaudeWorldOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Files of the project and of the home, by path from the folder above both. */
  readonly files?: Readonly<Record<string, string | object>>
  /** Rules of the host. */
  readonly permissions?: object
}

export async function openClaudeWorld(options: ClaudeWorldOptions = {}): Promise<ClaudeWorld> {
  const temporary = await createTempDirectory('backchannel-claude-')
  const [home, cwd] = [join(temporary.path, 'home'), join(temporary.path, 'project')]
  await Promise.all([mkdir(home), mkdir(cwd)])
  const permissions = options.permissions ?? { allow: ['Bash(sleep *)'] }
  const files = { 'home/.backchannel/settings.json': { permissions }, ...options.files }
  for (const [name, content] of Object.entries(files)) {
    const file = join(temporary.path, name)
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  }
  const api = await startMessagesApi()
  const fakechatPort = await freePort()
  return {
    command: process.execPath,
    args: [COMMAND, '--agent', 'claude', '--channels', 'plugin:fakechat@backchannel', ...(options.args ?? [])],
    env: {
      HOME: home,
      TMPDIR: temporary.path,
      PATH: '/usr/bin:/bin',
      BACKCHANNEL_CLAUDE_SDK: SDK,
      ANTHROPIC_API_KEY: api.apiKey,
      ANTHROPIC_BASE_URL: api.url,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      FAKECHAT_PORT: String(fakechatPort),
      ...options.env,
    },
    cwd,
    home,
    api,
    fakechatPort,
    arrange: (act) => arrange(api, act),
    reachedModel: () => reached(api),
    secrets: [api.apiKey],
    async [Symbol.asyncDispose]() {
      await api.close()
      await temporary[Symbol.asyncDispose]()
    },
  }
}
