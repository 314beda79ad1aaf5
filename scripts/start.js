/** `npm start`: builds, then runs a session with the demo agent, the chat page and the webhook. Old syntax first. */
import './node-version.js'
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const ENTRIES = ['plugin:fakechat@backchannel', 'plugin:webhook@backchannel']

/** Resolves with the exit status. */
function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: process.cwd(), stdio: 'inherit' })
    // The terminal sends Ctrl-C to both; the session decides what it means.
    const ignore = () => {}
    process.on('SIGINT', ignore)
    const forward = (signal) => child.kill(signal)
    process.on('SIGTERM', forward)
    process.on('SIGHUP', forward)
    child.on('error', reject)
    child.on('exit', (status, signal) => {
      process.off('SIGINT', ignore)
      resolve(signal ? 1 : status)
    })
  })
}

process.stderr.write('Building the command and its channels …\n')
const built = await run([join(root, 'scripts/build.ts')])
if (built !== 0) process.exit(built)
process.exit(
  await run([join(root, 'dist/cli/start.cjs'), '--agent', 'demo', '--channels', ...ENTRIES, ...process.argv.slice(2)]),
)
