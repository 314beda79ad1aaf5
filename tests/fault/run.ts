/** `npm run fault`: shows that a kill at any moment loses no acknowledged event. `-- --help` lists the options. */
import { runtimeCommand } from '@backchannel/testkit'
import { runHub } from './hub.ts'
import { parseOptions, USAGE } from './options.ts'
import { type RunResult, runOne } from './run-one.ts'
import { isKept, renderProblems, renderTable } from './table.ts'

const HUB_MESSAGES = 2_000

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

try {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) process.stdout.write(USAGE)
  else if (!(await runAll(options))) process.exitCode = 1
} catch (thrown) {
  process.stderr.write(`${thrown instanceof TypeError ? `${thrown.message}\n\n${USAGE}` : (thrown as Error).stack}\n`)
  process.exitCode = 1
}

async function runAll(options: ReturnType<typeof parseOptions>): Promise<boolean> {
  const { seed, events, kills, subjects, victims, runtime, sessions } = options
  const env = { BACKCHANNEL_RUNTIME: runtimeCommand(runtime) }
  process.stdout.write(`seed ${seed}: ${kills} kills a run\n`)
  const results: RunResult[] = []
  for (const subject of subjects) {
    for (const victim of victims) {
      const progress = (text: string) => process.stderr.write(`  ${subject.name}, ${victim} killed: ${text}\n`)
      const result = await runOne({ seed, subject, victim, events: events ?? subject.events, kills, env, progress })
      results.push(result)
      process.stderr.write(`${result.name}: ${isKept(result) ? 'kept' : 'BROKEN'} in ${result.seconds.toFixed(0)} s\n`)
    }
  }
  if (options.hub) {
    const progress = (text: string) => process.stderr.write(`  hub: ${text}\n`)
    const result = await runHub({ seed, runtime, sessions, messages: events ?? HUB_MESSAGES, kills, progress })
    results.push(result)
    process.stderr.write(`${result.name}: ${isKept(result) ? 'kept' : 'BROKEN'} in ${result.seconds.toFixed(0)} s\n`)
  }
  process.stdout.write(`\n${renderTable(results)}`)
  const problems = results.map(renderProblems).join('')
  if (problems === '') return true
  process.stdout.write(
    `\n${problems}\nTo try it again: npm run fault -- --seed ${seed}${events === undefined ? '' : ` --events ${events}`} --kills ${kills} --runtime ${runtime}\n`,
  )
  return false
}
