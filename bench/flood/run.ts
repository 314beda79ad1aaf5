/** `npm run flood`: a million short events through each channel and into the host; `-- --events N` for another number. */

import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createScratch } from '../scratch.ts'
import { JOBS, listSubjects } from '../subjects.ts'
import { floodChannel } from './channels.ts'
import { floodHost } from './host.ts'
import { type FloodResult, isWithstood, renderFlood } from './table.ts'

const MOST_EVENTS = 10_000_000
const USAGE = `Usage: npm run flood -- [--events N] [--only webhook|fakechat|host]

Sends N short events (default 1000000) as fast as they are taken, and checks that each one came
or was counted, and that memory did not grow with their number. Needs a build: npm run build.

Example: npm run flood -- --events 50000 --only host
`

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

try {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '1000000' },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const events = Number(values.events)
  if (!Number.isSafeInteger(events) || events < 10 || events > MOST_EVENTS)
    throw new TypeError(`--events takes a whole number from 10 to ${MOST_EVENTS}, got ${values.events}`)
  if (values.only !== undefined && ![...JOBS, 'host'].includes(values.only))
    throw new TypeError(`--only takes ${JOBS.join(', ')} or host, got ${values.only}`)
  if (values.help) process.stdout.write(USAGE)
  else if (!(await runAll(events, values.only))) process.exitCode = 1
} catch (thrown) {
  process.stderr.write(`${thrown instanceof TypeError ? `${thrown.message}\n\n${USAGE}` : (thrown as Error).stack}\n`)
  process.exitCode = 1
}

async function runAll(events: number, only: string | undefined): Promise<boolean> {
  await using scratch = await createScratch()
  const results: FloodResult[] = []
  const note = (result: FloodResult) => {
    results.push(result)
    process.stderr.write(`${result.name}: ${isWithstood(result) ? 'withstood' : 'NOT WITHSTOOD'}\n`)
  }
  const folders = { plugins: join(import.meta.dirname, '../../dist/marketplace/plugins'), baselines: scratch.baselines }
  for (const job of JOBS.filter((name) => only === undefined || name === only)) {
    const subject = (await listSubjects(job, 'node', folders)).find(({ variant }) => variant === 'receipts')
    if (subject) note(await floodChannel(subject, scratch, events))
  }
  if (only === undefined || only === 'host') note(await floodHost(scratch.folder, events))
  process.stdout.write(`\n${renderFlood(results)}`)
  return results.every(isWithstood)
}
