/** The command: measures, prints the table and writes it to `RESULTS.md`. `npm run bench -- --help` lists the options. */
import { writeFile } from 'node:fs/promises'
import { runBench } from './bench.ts'
import { parseOptions, USAGE } from './options.ts'
import { renderResults } from './table.ts'

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

try {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) {
    process.stdout.write(USAGE)
  } else {
    const results = await runBench(options, (line) => process.stderr.write(`${line}\n`))
    const text = renderResults(results)
    process.stdout.write(`\n${text}`)
    if (options.output !== undefined) await writeFile(options.output, text)
    if (results.problems.length > 0) process.exitCode = 1
  }
} catch (thrown) {
  process.stderr.write(`${thrown instanceof TypeError ? `${thrown.message}\n\n${USAGE}` : (thrown as Error).stack}\n`)
  process.exitCode = 1
}
