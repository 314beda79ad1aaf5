/** A good channel until its session ends: it ignores the end of stdin, SIGTERM, SIGINT and SIGHUP. */
import { sendEvent, serveRaw } from './raw.ts'

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => process.stderr.write(`ignores-eof: ${signal} ignored\n`))
}
process.stdin.on('end', () => process.stderr.write('ignores-eof: end of stdin ignored\n'))
// Without a listener a closed pipe would end it.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})
setInterval(() => {}, 60_000)

serveRaw({ name: 'ignores-eof', initialized: () => void sendEvent({ content: 'here to stay' }) })
