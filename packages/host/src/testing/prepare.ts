/** A project, a home and a built-in marketplace in folders of their own, and the preparation of a session in them. */
import { join } from 'node:path'
import { parseEntry } from '@backchannel/protocol'
import { mergeEntries } from '../session/plan.ts'
import { type Prepared, type PrepareOptions, prepareSession } from '../session/prepare.ts'
import { hostPaths } from '../settings/paths.ts'
import type { Dialogs, ServerConsent, ServerToConfirm } from '../ui/interaction.ts'
import { createFolder } from './folder.ts'

export interface PrepareRequest {
  /** Files of the project by path; `.mcp.json` among them. */
  readonly files?: Readonly<Record<string, unknown>>
  readonly channels?: readonly string[]
  readonly development?: readonly string[]
  /** Entries of the user's settings. */
  readonly settings?: readonly string[]
  readonly options?: Partial<PrepareOptions>
}

/** The options for {@link prepareSession}, and the project's folder. */
export async function createPreparation(request: PrepareRequest = {}): Promise<PrepareOptions> {
  const { files = {}, channels = [], development = [], settings = [], options = {} } = request
  const folder = await createFolder({
    'project/.keep': '',
    'home/.keep': '',
    'built-in/.claude-plugin/marketplace.json': MARKETPLACE,
    'built-in/plugins/chat/.mcp.json': { chat: { command: 'node', args: ['./server.js'] } },
    'built-in/plugins/broken/.mcp.json': { broken: { command: 5 } },
    ...Object.fromEntries(Object.entries(files).map(([name, content]) => [join('project', name), content])),
  })
  const home = join(folder, 'home')
  const paths = hostPaths({ BACKCHANNEL_HOME: join(home, '.backchannel') }, process.platform, home)
  return {
    cwd: join(folder, 'project'),
    env: { PATH: '/bin' },
    home,
    platform: process.platform,
    // A machine that runs the tests may have managed settings of its own.
    paths: {
      ...paths,
      managed: { file: join(folder, 'managed.json'), folder: join(folder, 'managed.d') },
      claudeManaged: [{ file: join(folder, 'claude.json'), folder: join(folder, 'claude.d') }],
    },
    builtIn: join(folder, 'built-in'),
    named: mergeEntries([
      ...channels.map((text) => ({ entry: parseEntry(text), optIn: 'channels' }) as const),
      ...development.map((text) => ({ entry: parseEntry(text), optIn: 'development' }) as const),
      ...settings.map((text) => ({ entry: parseEntry(text), optIn: 'settings' }) as const),
    ]),
    mcpConfig: undefined,
    managedSettings: undefined,
    acceptDevelopment: true,
    dialogs: undefined,
    signal: new AbortController().signal,
    ...options,
  }
}

/** Prepares, and fails where the operator would have declined. */
export async function prepare(request: PrepareRequest = {}): Promise<Prepared> {
  const prepared = await prepareSession(await createPreparation(request))
  if (prepared === 'declined') throw new Error('The preparation was declined')
  return prepared
}

export interface Operator {
  readonly dialogs: Dialogs
  /** Servers that were asked about. */
  readonly asked: readonly ServerToConfirm[]
  /** Entries of each warning. */
  readonly warned: readonly (readonly string[])[]
}

/** An operator who answers as told, and remembers what was asked. */
export function createOperator(
  servers: Readonly<Record<string, ServerConsent>> = {},
  warning: 'continue' | 'exit' = 'continue',
): Operator {
  const asked: ServerToConfirm[] = []
  const warned: (readonly string[])[] = []
  return {
    asked,
    warned,
    dialogs: {
      confirmFolder: async () => 'trust',
      async confirmServer(server) {
        asked.push(server)
        return servers[server.name] ?? 'refuse'
      },
      async confirmDevelopmentChannels(entries) {
        warned.push(entries)
        return warning
      },
    },
  }
}

const MARKETPLACE = {
  name: 'backchannel',
  owner: { name: 'Backchannel' },
  plugins: [
    { name: 'chat', source: './plugins/chat' },
    { name: 'broken', source: './plugins/broken' },
  ],
}
