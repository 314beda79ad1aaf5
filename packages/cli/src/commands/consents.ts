/** `backchannel consents`: which folders are trusted and which servers of projects may be started, and how to take that back. */
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { type Consents, createConsents, createTrustedFolders, hostPaths, type TrustedFolders } from '@backchannel/host'
import { BackchannelError } from '@backchannel/protocol'
import { Command } from 'commander'

const EXAMPLES = `
Examples:
  backchannel consents list
  backchannel consents trust                           this folder, for sessions without a terminal
  backchannel consents revoke hooks                    the server "hooks" of the project in this folder
  backchannel consents revoke --trust                  the trust in this folder
  backchannel consents revoke --project ~/src/app --all   everything about that project`

interface Stores {
  readonly consents: Consents
  readonly folders: TrustedFolders
}

interface RevokeOptions {
  readonly project: string
  readonly all: boolean
  readonly trust: boolean
}

/** @returns the exit code: 0 done, 1 where there was nothing to take back, or nothing could be read */
export async function consents(args: readonly string[]): Promise<number> {
  const { consents: file } = hostPaths(process.env, process.platform, homedir())
  const stores: Stores = { consents: createConsents(file), folders: createTrustedFolders(file) }
  let code = 0
  const program = new Command('backchannel consents')
    .description('The answers that were given in the dialogs about project folders and their servers.')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
  program
    .command('list')
    .description('prints what is recorded')
    .option('--json', 'one JSON object', false)
    .action(async ({ json }: { json: boolean }) => {
      code = await list(stores, json)
    })
  program
    .command('trust')
    .description('trusts a project folder, as the dialog of the first session in it does')
    .argument('[folder]', 'the project; this folder if none is given', '.')
    .action(async (folder: string) => {
      const project = resolve(folder)
      await stores.folders.trust(project)
      code = print(visible(`${project} is trusted from now on: its settings and instructions count for the agent.`))
    })
  program
    .command('revoke')
    .description('takes answers back; the next session asks again')
    .argument('[server]', 'one server of the project')
    .option('--project <folder>', 'the project; this folder if none is given', '.')
    .option('--all', 'every server, and the trust in the folder', false)
    .option('--trust', 'the trust in the folder', false)
    .action(async (server: string | undefined, options: RevokeOptions) => {
      code = await revoke(stores, server, options)
    })
  await program.parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' })
  return code
}

async function list({ consents, folders }: Stores, json: boolean): Promise<number> {
  const problem = await consents.problem()
  if (problem !== undefined) {
    process.stderr.write(`backchannel consents: ${problem}\n`)
    return 1
  }
  const [servers, trusted] = [await consents.list(), await folders.list()]
  if (json) return print(JSON.stringify({ trusted, consents: servers }))
  const projects = [...new Set([...trusted, ...servers].map(({ project }) => project))].sort()
  if (projects.length === 0) return print('Nothing is recorded: no folder is trusted, no server has a consent.')
  const lines = projects.flatMap((project) => [
    project,
    ...trusted.filter((one) => one.project === project).map(({ grantedAt }) => `  trusted since ${grantedAt}`),
    ...servers
      .filter((one) => one.project === project)
      .map(
        ({ server, grantedAt, command }) => `  server ${server} since ${grantedAt}, command ${command.slice(0, 12)}`,
      ),
  ])
  return print(lines.map(visible).join('\n'))
}

async function revoke(
  { consents, folders }: Stores,
  server: string | undefined,
  options: RevokeOptions,
): Promise<number> {
  const { all, trust } = options
  if ([server !== undefined, all, trust].filter(Boolean).length !== 1)
    throw new BackchannelError('usage', 'Say what to take back: a server, --trust or --all, and one of them only.', {
      hint: 'backchannel consents list shows what is recorded.',
    })
  const project = resolve(options.project)
  const servers = trust ? 0 : await consents.revoke(project, server)
  const wasTrusted = server === undefined && (await folders.revoke(project))
  const what = [
    ...(wasTrusted ? ['the trust in the folder'] : []),
    ...(servers > 0 ? [`${servers} ${servers === 1 ? 'consent' : 'consents'} to ${server ?? 'its servers'}`] : []),
  ]
  if (what.length > 0)
    return print(visible(`Taken back for ${project}: ${what.join(', ')}. The next session asks again.`))
  const hint = 'backchannel consents list shows what is.'
  process.stderr.write(`${visible(`backchannel consents: nothing of that kind is recorded for ${project}. ${hint}`)}\n`)
  return 1
}

/** Names come from files of a project. */
function visible(text: string): string {
  return text.replace(/\p{C}/gu, (character) => `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0')}`)
}

function print(text: string): 0 {
  process.stdout.write(`${text}\n`)
  return 0
}
