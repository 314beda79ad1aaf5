/** The hooks of a plugin in Claude Code: what the agent may not touch, and what the user types. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundle } from './bundle.ts'
import { ROOT } from './paths.ts'
import type { SlashCommand } from './slash-commands.ts'

/** Tools that name nothing and run nothing; for all others the hook starts, since new ones come. */
const HARMLESS = [
  'AskUserQuestion',
  'EnterPlanMode',
  'ExitPlanMode',
  'TaskGet',
  'TaskList',
  'TaskUpdate',
  'TodoWrite',
  'ToolSearch',
  'WebSearch',
]

/** @returns the files that went in */
export async function fillHooks(
  channel: string,
  commands: readonly SlashCommand[],
  target: string,
): Promise<readonly string[]> {
  const folder = join(target, 'hooks')
  const source = join(ROOT, 'packages/channel/src/claude-code')
  const names = commands.map(({ name }) => name)
  const programs = Object.fromEntries(
    commands.map(({ name, program, here, fallback }) => [name, { program, fallback, ...(here ? { here } : {}) }]),
  )
  const inputs = await bundle({
    entryPoints: [join(source, 'guard.ts'), ...(names.length > 0 ? [join(source, 'operator.ts')] : [])],
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    // Whatever Node is first on the user's path: the hook must start there, not only where the channel does.
    target: 'node12',
    define: { __CHANNEL__: JSON.stringify(channel), __COMMANDS__: JSON.stringify(programs) },
  })
  await writeFile(join(folder, 'hooks.json'), `${JSON.stringify(renderHooks(channel, names), null, 2)}\n`)
  return inputs
}

/** The exec form: with `args` no shell reads the path of the plugin. */
function renderHooks(channel: string, names: readonly string[]): object {
  const run = (script: string, timeout: number) => [
    { type: 'command', command: 'node', args: [`\${CLAUDE_PLUGIN_ROOT}/hooks/${script}.cjs`], timeout },
  ]
  return {
    description: `Keeps the state and the access program of ${channel} from the agent; runs /${channel}: commands that the user typed.`,
    hooks: {
      PreToolUse: [{ matcher: `^(?!(?:${HARMLESS.join('|')})$)`, hooks: run('guard', 10) }],
      ...(names.length > 0
        ? { UserPromptExpansion: [{ matcher: `^${channel}:(?:${names.join('|')})$`, hooks: run('operator', 30) }] }
        : {}),
    },
  }
}
