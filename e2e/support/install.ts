/** Installs the pinned client before the tests, if it is not there: some 400 MB from the npm registry, and nothing of it runs. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { clientPath, FOLDER, isInstalled, pinnedVersion } from './client.ts'

const LIMIT_MS = 300_000

export async function setup(): Promise<void> {
  if (isInstalled()) return
  process.stdout.write(`installing Claude Code ${pinnedVersion()} below e2e/ …\n`)
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  const child = spawn('npm', args, { cwd: FOLDER, stdio: 'inherit', timeout: LIMIT_MS })
  const [status] = await once(child, 'close')
  if (status !== 0) throw new Error(`npm ci in ${FOLDER} ended with status ${status}; the client can't be tested.`)
  if (isInstalled()) return
  throw new Error(
    `npm ci has not brought ${clientPath()}. Is there a client for this machine, and are optional packages on?`,
  )
}
