/**
 * Starts a process of its own, which outlives it unless its process group is killed, and says `child PID` on stderr.
 * With `INHERIT=1` that process also holds the pipes to the host open.
 */
import { spawn } from 'node:child_process'
import { sendEvent, serveRaw } from './raw.ts'

const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)'], {
  stdio: process.env['INHERIT'] === '1' ? 'inherit' : 'ignore',
})
child.unref()
process.stderr.write(`spawns-child: child ${child.pid}\n`)

serveRaw({ name: 'spawns-child', initialized: () => void sendEvent({ content: `child ${child.pid}` }) })
