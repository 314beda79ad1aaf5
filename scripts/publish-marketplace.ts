/** `npm run publish-marketplace`: puts dist/marketplace on the branch `marketplace`, as the release workflow does. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MARKETPLACE, ROOT } from './build/paths.ts'
import { readVersion } from './build/version.ts'
import { git } from './publish/git.ts'
import { publish } from './publish/publish.ts'

const HELP = `Usage: npm run publish-marketplace -- [options]

Puts the built marketplace on a branch of its own: one commit a release, nothing of the sources in it.

  --dry-run         do everything but the push
  --remote REMOTE   a remote's name, an address or a path; default: origin
  --branch NAME     default: marketplace
  --tag TAG         refuse where it is not the tag of this version, such as v0.1.0

Example:
  npm run build && npm run publish-marketplace -- --dry-run
`

const { values } = parseArgs({
  options: {
    'dry-run': { type: 'boolean', default: false },
    remote: { type: 'string', default: 'origin' },
    branch: { type: 'string', default: 'marketplace' },
    tag: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

async function main(): Promise<void> {
  if (values.help) return void process.stdout.write(HELP)
  if (!existsSync(MARKETPLACE)) throw new Error('dist/marketplace is missing. Run "npm run build" first.')
  const version = await readVersion()
  if (values.tag !== undefined && values.tag !== `v${version}`) {
    throw new Error(`The tag is ${values.tag}, but package.json has version ${version}. The tag of it is v${version}.`)
  }
  const scratch = await mkdtemp(join(tmpdir(), 'publish-marketplace-'))
  try {
    const { outcome, commit, files } = await publish({
      folder: MARKETPLACE,
      version,
      scratch,
      remote: await addressOf(values.remote),
      branch: values.branch,
      builtFrom: await git(['rev-parse', 'HEAD'], { cwd: ROOT }),
      dryRun: values['dry-run'],
    })
    for (const file of files) process.stdout.write(`  ${file}\n`)
    process.stdout.write(
      `${version}: ${files.length} files, ${outcome} on ${values.branch} as ${commit.slice(0, 12)}\n`,
    )
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Of a remote's name, where it is one. */
async function addressOf(remote: string): Promise<string> {
  return git(['remote', 'get-url', remote], { cwd: ROOT }).catch(() => remote)
}

main().catch((thrown: unknown) => {
  process.stderr.write(`publish-marketplace: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
  process.exitCode = 1
})
