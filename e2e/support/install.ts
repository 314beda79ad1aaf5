/**
 * Installs the pinned client and the pinned agents before the tests, if they are not there: some 500 MB from the npm registry,
 * and nothing of it runs.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { AGENTS, areAgentsInstalled } from './agents.ts'
import { clientPath, FOLDER, isInstalled, pinnedVersion } from './client.ts'

const LIMIT_MS = 300_000

export async function setup(): Promise<void> {
  if (!isInstalled()) {
    await install(`Claude Code ${pinnedVersion()} below e2e/`, FOLDER, [])
    if (!isInstalled())
      throw new Error(
        `npm ci has not brought ${clientPath()}. Is there a client for this machine, and are optional packages on?`,
      )
  }
  if (areAgentsInstalled()) return
  // The programs of the agents are optional packages: they run the client that is there already.
  await install('the agents below e2e/agents/', AGENTS, ['--omit=optional'])
  if (!areAgentsInstalled()) throw new Error(`npm ci has not brought the agents of ${AGENTS}/package.json.`)
}

async function install(what: string, cwd: string, more: readonly string[]): Promise<void> {
  process.stdout.write(`installing ${what} …\n`)
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', ...more]
  const child = spawn('npm', args, { cwd, stdio: 'inherit', timeout: LIMIT_MS })
  const [status] = await once(child, 'close')
  if (status !== 0) throw new Error(`npm ci in ${cwd} ended with status ${status}; what it installs can't be tested.`)
}
