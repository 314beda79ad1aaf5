/** A machine for a real agent of our host: a home, a project with a server that must not start, the stand-in for its model. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createTempDirectory, freePort } from '@backchannel/testkit'
import type { AgentWorld } from '@backchannel/testkit/agent-contract'
import { type MessagesApi, startMessagesApi } from '@backchannel/testkit/messages-api'
import { startOutside } from './outside.ts'
import { arrange, reached } from './scripted-model.ts'

const COMMAND = join(import.meta.dirname, '../../dist/cli/start.cjs')

export interface AgentChoice {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface RealAgentWorld extends AgentWorld {
  readonly api: MessagesApi
  readonly home: string
}

export interface AgentWorldOptions {
  /** Rules of the host; by default one for what the contract waits with. */
  readonly permissions?: object
  /** Files by path: `home/…`, `project/…`. */
  readonly files?: Readonly<Record<string, object>>
}

/** Each with the flags that choose it, and the variables that lead to what is installed. */
export async function createAgentWorld(
  { args, env }: AgentChoice,
  { permissions = { allow: ['Bash(tail *)'] }, files = {} }: AgentWorldOptions = {},
): Promise<RealAgentWorld> {
  const temporary = await createTempDirectory('backchannel-agent-')
  const [home, cwd] = [join(temporary.path, 'home'), join(temporary.path, 'project')]
  await Promise.all([mkdir(home), mkdir(cwd)])
  const marker = { command: 'sh', args: ['-c', 'touch second-poller'] }
  const all = {
    'project/.mcp.json': { mcpServers: { poller: marker } },
    'project/rules.json': { permissions },
    ...files,
  }
  for (const [name, content] of Object.entries(all)) {
    const file = join(temporary.path, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, JSON.stringify(content))
  }
  const [api, outside] = await Promise.all([startMessagesApi(), startOutside()])
  const fakechatPort = await freePort()
  return {
    command: process.execPath,
    args: [COMMAND, ...args, '--channels', 'plugin:fakechat@backchannel', '--settings', 'rules.json'],
    env: {
      HOME: home,
      TMPDIR: temporary.path,
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      ANTHROPIC_API_KEY: api.apiKey,
      ANTHROPIC_BASE_URL: api.url,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      HTTP_PROXY: outside.url,
      HTTPS_PROXY: outside.url,
      NO_PROXY: '127.0.0.1,localhost',
      FAKECHAT_PORT: String(fakechatPort),
      ...env,
    },
    cwd,
    home,
    fakechatPort,
    api,
    arrange: (act) => arrange(api, act),
    reachedModel: () => reached(api),
    secrets: [api.apiKey],
    async [Symbol.asyncDispose]() {
      await Promise.all([api.close(), outside[Symbol.asyncDispose]()])
      await temporary[Symbol.asyncDispose]()
      if (outside.asked.length > 0)
        throw new Error(`Somebody asked for ${outside.asked.join(', ')} outside of this machine.`)
    },
  }
}
