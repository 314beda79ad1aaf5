/** A session with the plugins of a test's home: prepared and started as the command does it. */
import type { Agent } from '../agents/agent.ts'
import { runPlugin } from '../plugins/index.ts'
import { prepareSession } from '../session/prepare.ts'
import { readSettings } from '../settings/read.ts'
import type { PluginHome } from './plugins.ts'
import { createPreparation } from './prepare.ts'
import { openSession, type TestSession } from './session.ts'

export interface PluginSessionRequest {
  readonly agent: Agent
  readonly channels?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
}

export async function openPluginSession(home: PluginHome, request: PluginSessionRequest): Promise<TestSession> {
  const { agent, channels = [], env = { PATH: process.env['PATH'] } } = request
  const { paths, ports, root } = home
  const preparation = await createPreparation({ channels })
  const prepared = await prepareSession({
    ...preparation,
    cwd: ports.cwd,
    env,
    home: root,
    paths: { ...paths, managed: preparation.paths.managed },
    allowedChannels: async () => (await readSettings({ paths, cwd: ports.cwd })).settings.allowedChannels,
  })
  if (prepared === 'declined') throw new Error('The preparation was declined')
  return openSession({
    agent,
    cwd: ports.cwd,
    options: {
      ...prepared,
      permissions: { home: root, env, paths },
      plugin: (args, progress, signal) => runPlugin(args, { ...ports, progress, signal }, '/plugin'),
    },
  })
}
