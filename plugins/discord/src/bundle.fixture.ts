/** For tests: the built plugin under a fake host, with a bot of its own on a Discord of the test kit. */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  backchannelCapabilities,
  createTempDirectory,
  type FakeHost,
  type HostFeature,
  type Runtime,
  runtimeCommand,
  startFakeHost,
  waitFor,
} from '@backchannel/testkit'
import {
  type DiscordOptions,
  type FakeBot,
  type FakeDiscord,
  type Person,
  startFakeDiscord,
} from '@backchannel/testkit/discord'

export const START: string = fileURLToPath(
  new URL('../../../dist/marketplace/plugins/discord/start.cjs', import.meta.url),
)
if (!existsSync(START)) throw new Error(`${START} is missing. Run "npm run build" first.`)

export interface Setup extends AsyncDisposable {
  readonly discord: FakeDiscord
  readonly bot: FakeBot
  /** On the list, and the owner. */
  readonly ada: Person
  /** The state directory. */
  readonly directory: string
  start(options?: StartOptions): Promise<FakeHost>
}

export interface StartOptions {
  readonly runtime?: Runtime
  readonly features?: readonly HostFeature[]
  readonly env?: Readonly<Record<string, string>>
  readonly register?: boolean
}

export interface SetupOptions {
  /** On top of a file that lets Ada in; `undefined` for no file at all. */
  readonly access?: object | undefined
  readonly discord?: DiscordOptions
}

export async function setUp(options: SetupOptions = { access: {} }): Promise<Setup> {
  const discord = await startFakeDiscord(options.discord)
  const folder = await createTempDirectory('discord-')
  const directory = join(folder.path, 'state')
  const ada = discord.bot.person('Ada')
  if (options.access) await writeAccess(directory, { allowFrom: [String(ada.id)], ...options.access })
  const hosts: FakeHost[] = []
  return {
    discord,
    bot: discord.bot,
    ada,
    directory,
    async start({ runtime = 'node', features, env = {}, register = true } = {}) {
      const host = await startFakeHost({
        command: runtimeCommand(runtime),
        args: [START],
        env: { ...environmentOf(discord, discord.bot, directory), ...env },
        register,
        ...(features ? { capabilities: backchannelCapabilities(features) } : {}),
      })
      hosts.push(host)
      return host
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(hosts.map((host) => host.close()))
      for (const host of hosts) assertNoToken(host, discord.bot.token)
      await discord.close()
      await folder.remove()
    },
  }
}

/** Whatever a channel told anybody holds no token, nor the part of it that is secret. */
function assertNoToken({ stderr, events, notifications }: FakeHost, token: string): void {
  const told = [stderr, JSON.stringify(events), JSON.stringify(notifications)].join('\n')
  for (const secret of [token, token.split('.')[2] ?? token]) {
    if (told.includes(secret)) throw new Error('the token was told: see what the channel wrote to stderr and stdout')
  }
}

export async function writeAccess(directory: string, access: object): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeFile(join(directory, 'access.json'), JSON.stringify({ dmPolicy: 'allowlist', ...access }))
}

export function environmentOf(discord: FakeDiscord, bot: FakeBot, directory: string): Record<string, string> {
  return { DISCORD_API_ROOT: discord.root, DISCORD_BOT_TOKEN: bot.token, DISCORD_STATE_DIR: directory }
}

/** Resolves once the channel receives. */
export async function isListening(bot: FakeBot): Promise<void> {
  await waitFor(() => bot.gateway.active > 0, { what: 'the channel to be connected' })
}
