/**
 * What an agent starts as an MCP server on stdio, one process a channel: it passes lines between the agent and the host, which
 * answers them. Its only argument names a file with the host's address and a token, so that no process list shows either.
 */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

const NAME = 'backchannel bridge'

/** The reader is the agent's log. */
function fail(what: string): never {
  process.stderr.write(`${NAME}: ${what}\n`)
  process.exit(1)
}

function readDoor(file: string | undefined): { address: string; token: string } {
  if (file === undefined)
    fail('it is started by an agent of a backchannel session, with a file of that session as its only argument.')
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (thrown) {
    fail(`${file} cannot be read (${String(thrown)}). Has the session ended?`)
  }
}

const { address, token } = readDoor(process.argv[2])
const socket = connect(address)
socket.on('error', (thrown) => fail(`the session does not answer: ${thrown.message}`))
socket.on('close', () => process.exit(0))
process.stdout.on('error', () => process.exit(0))
socket.write(`${token}\n`)
process.stdin.pipe(socket)
socket.pipe(process.stdout)
