/** For tests: the built plugin under a fake host, with a Messages of the test kit. */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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
import { type FakeMessages, type MessagesOptions, startFakeMessages } from '@backchannel/testkit/imessage'
import { readPlace } from './platform-contract.fixture.ts'

export const START: string = fileURLToPath(
  new URL('../../../dist/marketplace/plugins/imessage/start.cjs', import.meta.url),
)
if (!existsSync(START)) throw new Error(`${START} is missing. Run "npm run build" first.`)

export interface Setup extends AsyncDisposable {
  readonly messages: FakeMessages
  /** The state directory. */
  readonly directory: string
  /** Resolves once the channel reads. */
  start(options?: StartOptions): Promise<FakeHost>
  /** Resolves once everything that is in the database was read. */
  settled(): Promise<void>
}

export interface StartOptions {
  readonly runtime?: Runtime
  readonly features?: readonly HostFeature[]
  readonly env?: Readonly<Record<string, string>>
  readonly register?: boolean
}

export interface SetupOptions extends MessagesOptions {
  /** Default: a file that lets in nobody. */
  readonly access?: object
}

/** With an old message of the owner, by which the channel knows whose Mac it is. */
export async function setUp({ access = {}, ...options }: SetupOptions = {}): Promise<Setup> {
  const messages = await startFakeMessages(options)
  messages.owner.says(messages.person('+15550199').dm, 'from before')
  const folder = await createTempDirectory('imessage-')
  const directory = join(folder.path, 'state')
  await writeAccess(directory, access)
  const hosts: FakeHost[] = []
  return {
    messages,
    directory,
    async start({ runtime = 'node', features, env = {}, register = true } = {}) {
      const host = await startFakeHost({
        command: runtimeCommand(runtime),
        args: [START],
        env: { ...environmentOf(messages, directory), ...env },
        register,
        ...(features ? { capabilities: backchannelCapabilities(features) } : {}),
      })
      hosts.push(host)
      if (register) await host.waitForStderr(/connected to iMessage|can't be reached|standby/)
      return host
    },
    async settled() {
      const newest = () => Number(messages.database.all('SELECT max(ROWID) AS row FROM message')[0]?.['row'])
      await waitFor(() => readPlace(directory)?.row === newest(), { what: 'everything to be read' })
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(hosts.map((host) => host.close()))
      await messages.close()
      await folder.remove()
    },
  }
}

export async function writeAccess(directory: string, access: object): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeFile(join(directory, 'access.json'), JSON.stringify({ dmPolicy: 'allowlist', ...access }))
}

/** A home of its own for all processes of a test: there it stands which messages are our own. */
export function environmentOf(
  { database, directory: folder, osascript }: FakeMessages,
  directory: string,
): Record<string, string> {
  return {
    HOME: join(dirname(folder), 'home'),
    IMESSAGE_DB_PATH: database.path,
    IMESSAGE_TEST_PROGRAMS: osascript.directory,
    IMESSAGE_STATE_DIR: directory,
    IMESSAGE_APPEND_SIGNATURE: 'false',
  }
}
