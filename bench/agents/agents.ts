/** From a message to the request at the agent's API: what the way through a channel and the host adds to the agent's own. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type MessagesApi, type ModelReply, type ReplyTurn, startMessagesApi } from '@backchannel/testkit/messages-api'
import { ADAPTER, areAgentsInstalled, SDK } from '../../e2e/support/agents.ts'
import { clientPath, isInstalled } from '../../e2e/support/client.ts'
import type { RunOptions } from '../figures/figure.ts'
import { openBareAcp } from './bare-acp.ts'
import { openBareSdk } from './bare-sdk.ts'
import { openHosted } from './hosted.ts'

/** In milliseconds, one value a message. */
export interface AgentCosts {
  readonly agent: string
  /** From the start of the upload to fakechat until the request is at the API. */
  readonly host: readonly number[]
  /** From the push to the agent itself, in a session of its own, until the request is at the API. */
  readonly bare: readonly number[]
}

/** An agent that is ready for a message. */
export interface Target extends AsyncDisposable {
  /** What the model does with a message; the host wants an answer in the chat, or asks for one. */
  readonly script: readonly [ModelReply, ...ReplyTurn[]]
  /** Resolves when its turn is over. */
  send(text: string): Promise<void>
}

/** Where an agent works. */
export interface Place {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

const TIMES = 40
const TIMES_QUICK = 2
const WARM_UP = 3

export function canMeasureAgents(): boolean {
  return isInstalled() && areAgentsInstalled()
}

/** @throws Error where the agents are not installed */
export async function measureAgents({ quick, scratch }: RunOptions): Promise<readonly AgentCosts[]> {
  if (!canMeasureAgents()) throw new Error('the agents are not installed; "npm run e2e" does that')
  const times = quick ? TIMES_QUICK : TIMES
  const kinds = [
    { agent: 'claude', args: ['--agent', 'claude'], open: openBareSdk },
    {
      agent: 'acp (claude-agent-acp)',
      args: ['--agent', 'acp', '--agent-command', `'${process.execPath}' '${ADAPTER}'`],
      open: openBareAcp,
    },
  ]
  const costs: AgentCosts[] = []
  for (const { agent, args, open } of kinds) {
    await using api = await startMessagesApi()
    const home = await mkdtemp(join(scratch.folder, 'agent-'))
    const place = await createPlace(home, api)
    await using hosted = await openHosted(args, place)
    await using bare = await open(place)
    costs.push({ agent, ...(await compare(hosted, bare, api, times)) })
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
  return costs
}

async function createPlace(home: string, api: MessagesApi): Promise<Place> {
  const cwd = join(home, 'project')
  await mkdir(cwd)
  return {
    cwd,
    env: {
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      HOME: home,
      TMPDIR: home,
      ANTHROPIC_API_KEY: api.apiKey,
      ANTHROPIC_BASE_URL: api.url,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      BACKCHANNEL_CLAUDE_SDK: SDK,
      BACKCHANNEL_CLAUDE: clientPath(),
      CLAUDE_CODE_EXECUTABLE: clientPath(),
    },
  }
}

/** Both in turn, so that a slow minute slows both. */
async function compare(host: Target, bare: Target, api: MessagesApi, times: number) {
  const seen = { host: [] as number[], bare: [] as number[] }
  const take = async (target: Target, text: string): Promise<number> => {
    const reached = Promise.withResolvers<number>()
    const [first, ...more] = target.script
    api.script(
      () => {
        reached.resolve(performance.now())
        return first
      },
      ...more,
    )
    const from = performance.now()
    const done = target.send(text)
    const [at] = await Promise.all([reached.promise, done])
    return at - from
  }
  for (let at = -WARM_UP; at < times; at += 1) {
    const text = `message ${at + WARM_UP + 1}`
    const inOrder = at % 2 === 0 ? (['host', 'bare'] as const) : (['bare', 'host'] as const)
    for (const which of inOrder) {
      const took = await take(which === 'host' ? host : bare, text)
      if (at >= 0) seen[which].push(took)
    }
  }
  return seen
}
