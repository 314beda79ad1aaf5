/** Whether the Claude Code behind claude-agent-acp takes messages as they are: an old one ignores being told to. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { AgentContext } from '../agent.ts'
import { isNewEnough, OLDEST, readVersion } from '../claude/version.ts'

const LIMIT_MS = 10_000

/** The adapter's own is new enough; `CLAUDE_CODE_EXECUTABLE` names another. */
export async function isInertClaudeCode(
  env: Readonly<Record<string, string>>,
  report: AgentContext['report'],
): Promise<boolean> {
  const program = env['CLAUDE_CODE_EXECUTABLE']
  if (!program) return true
  const version = await askVersion(program, env)
  if (version !== undefined && isNewEnough(version)) return true
  const what = version === undefined ? 'whose version is not known' : `version ${version}`
  const text = `Claude Code at ${program} (${what}) would expand @file and /command in messages, so they are written in full width. From ${OLDEST} on it need not be.`
  report({ kind: 'notice', level: 'warning', text })
  return false
}

async function askVersion(program: string, env: Readonly<Record<string, string>>): Promise<string | undefined> {
  // A script is run as the adapter runs it.
  const [command, ...args] = /\.(?:m|c)?js$/.test(program) ? [process.execPath, program] : [program]
  if (command === undefined) return undefined
  try {
    const { stdout } = await promisify(execFile)(command, [...args, '--version'], {
      env: { ...env },
      timeout: LIMIT_MS,
    })
    return readVersion(stdout)
  } catch {
    return undefined
  }
}
