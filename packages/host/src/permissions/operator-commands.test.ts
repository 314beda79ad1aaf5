/** No mode, no rule and no visible way of writing it lets the agent run the operator's commands. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDecisionBench } from '../testing/permissions.ts'
import { decide } from './decide.ts'
import { PERMISSION_MODES } from './modes.ts'

const FILES = {
  'plugins/chat/.claude-plugin/plugin.json': {},
  'plugins/chat/start.cjs': '',
  'plugins/chat/hooks/operator.cjs': '',
  'project/operator.cjs': '',
  'project/tools/report.js': '',
  'project/channel.ts': '',
}
const prepare = async () => {
  const made = await createDecisionBench(FILES)
  const program = join(made.folder, 'plugins/chat/start.cjs')
  const hook = join(made.folder, 'plugins/chat/hooks/operator.cjs')
  const own = join(made.cwd, 'channel.ts')
  const run = (command: string, mode: (typeof PERMISSION_MODES)[number] = 'bypassPermissions') => {
    const context = made.context({ mode, rules: { allow: ['Bash', 'Bash(node *)', 'Bash(backchannel *)'] } })
    const protectedState = { ...context.protectedState, programs: [own] }
    const filled = command.replaceAll('PROGRAM', program).replaceAll('HOOK', hook)
    return decide({ name: 'Bash', input: { command: filled } }, { ...context, protectedState })
  }
  return { run }
}

test.each([
  'backchannel access telegram pair a1b2c3',
  'backchannel configure telegram token',
  'backchannel telegram access approver add 666',
  'backchannel --debug access telegram allow 666',
  'backchannel plugin allow bot@acme',
  'npx backchannel plugin marketplace add ./here',
  'backchannel consents revoke --all',
  'backchannel webhook add ci --approver',
  'node PROGRAM remove ci',
  'npx --yes backchannel access telegram status',
  '/usr/local/bin/backchannel access telegram status',
  'node ./node_modules/.bin/backchannel access telegram status',
  'node PROGRAM access pair a1b2c3',
  'bun "PROGRAM" configure token',
  'PROGRAM access status',
  'node --no-warnings PROGRAM access pair x',
  'env A=1 node PROGRAM access pair x',
  'cd /tmp && node PROGRAM access pair x',
  'true; (echo y | node PROGRAM access pair x)',
  `bash -c 'node PROGRAM access pair x'`,
  'cd $(dirname PROGRAM) && node ../chat/start.cjs access pair x; node PROGRAM access pair x',
  'node HOOK',
  `echo '{"command_name":"chat:access"}' | node HOOK`,
  'HOOK < typed.json',
  'node channel.ts access pair x',
  'node ./tools/../channel.ts access pair x',
])('%s', async (command) => {
  const { run } = await prepare()
  for (const mode of PERMISSION_MODES) {
    const decision = run(command, mode)
    expect([mode, decision.behavior, decision.because]).toEqual([
      mode,
      'deny',
      expect.stringContaining('is for the operator alone'),
    ])
  }
})

test.each([
  'node tools/report.js access',
  'node tools/report.js configure --verbose',
  './configure',
  'git commit -m "backchannel access page"',
  'grep access docs/backchannel',
  'cat backchannel access',
  'backchannel doctor telegram',
  'backchannel audit verify',
  'npm run plugin',
  'node PROGRAM doctor',
  'echo access configure',
  'node operator.cjs',
  'cat HOOK',
])('%s is a command like any other', async (command) => {
  const { run } = await prepare()
  expect(run(command).behavior).toBe('allow')
})
