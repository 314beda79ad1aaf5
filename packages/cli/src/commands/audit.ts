/** `backchannel audit`: whether the trail of decisions is whole, and what it says. */
import { homedir } from 'node:os'
import { hostPaths } from '@backchannel/host'
import { readDecisions, renderDecisionLine, renderVerification, verifyTrail } from '@backchannel/host/audit'
import { BackchannelError } from '@backchannel/protocol'
import { Command } from 'commander'

const EXAMPLES = `
Examples:
  backchannel audit verify             whether anything was changed, cut off or removed
  backchannel audit list               the last 20 decisions of all sessions
  backchannel audit list --last 100 --session 3f2a
  backchannel audit list --json        for scripts

Exit codes of verify: 0 whole, 1 broken.`

const MOST = 100_000

/** @returns the exit code */
export async function audit(args: readonly string[]): Promise<number> {
  const { audit: folder } = hostPaths(process.env, process.platform, homedir())
  let code = 0
  const program = new Command('backchannel audit')
    .description('Every decision on a tool call, as the sessions of this user recorded it.')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
  program
    .command('verify')
    .description('checks that the trail is whole: no line changed, moved, repeated or cut off, no file removed')
    .option('--json', 'one JSON object', false)
    .action(({ json }: { json: boolean }) => {
      const found = verifyTrail(folder)
      print(json ? JSON.stringify(found) : renderVerification(found))
      code = found.ok ? 0 : 1
    })
  program
    .command('list')
    .description('prints decisions, the newest last')
    .option('--json', 'one JSON object', false)
    .option('--last <n>', 'how many', '20')
    .option('--session <id>', 'of one session; the start of its id is enough')
    .action(({ json, last, session }: { json: boolean; last: string; session?: string }) => {
      const decisions = readDecisions(folder, { last: parseCount(last), session })
      if (json) return print(JSON.stringify({ decisions }))
      const none = `No decision ${session === undefined ? '' : `of the session ${session} `}is recorded in ${folder}.`
      print(decisions.length === 0 ? none : decisions.map(renderDecisionLine).join('\n'))
    })
  await program.parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' })
  return code
}

function parseCount(text: string): number {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= MOST) return count
  throw new BackchannelError('usage', `--last must be a whole number from 1 to ${MOST}, got "${text}".`, {
    hint: 'For example: backchannel audit list --last 100',
  })
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
