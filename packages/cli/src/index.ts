/** The `backchannel` command: reads its arguments, runs a session, and ends with the exit code that says how it went. */
import { fileURLToPath } from 'node:url'
import { HOST_VERSION } from '@backchannel/host'
import { renderError } from '@backchannel/protocol'
import { parseArguments } from './options.ts'
import { runSession } from './run-session.ts'

/** Built beside the command: the marketplace that is part of it. */
const BUILT_IN = fileURLToPath(new URL('../marketplace', import.meta.url))

const given = parseArguments(process.argv.slice(2), HOST_VERSION)
if ('exit' in given) process.exitCode = given.exit
else {
  try {
    process.exit(await runSession(given, BUILT_IN))
  } catch (thrown) {
    process.stderr.write(`backchannel: ${renderError(thrown)}\n`)
    process.exit(1)
  }
}
