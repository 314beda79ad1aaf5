/**
 * Writes what is not JSON-RPC before, between and after its messages: text, random bytes, JSON of other shapes, and one
 * huge line of `HUGE_BYTES` (default 4 MiB). Between them is one valid event, `between the garbage`, after `initialized`.
 */
import { randomBytes } from 'node:crypto'
import { sendEvent, serveRaw } from './raw.ts'

const hugeBytes = Number(process.env['HUGE_BYTES'] ?? 4 * 1024 * 1024)

const strange = [
  'Listening on http://localhost:8788',
  '',
  '\u001b[31mred\u001b[0m\u0007',
  'null',
  '[1,2,3]',
  '{"jsonrpc":"2.0"}',
  '{"jsonrpc":"2.0","id":{},"result":{}}',
  '{"jsonrpc":"2.0","id":987654,"result":{}}',
  '{"jsonrpc":"1.0","method":"notifications/claude/channel","params":{"content":"of another protocol"}}',
  '{"jsonrpc":"2.0","method":"notifications/claude/channel","params":{"content":"cut off',
]

function writeGarbage(): void {
  process.stdout.write(`${strange.join('\n')}\n`)
  // A random newline or brace would still be no message.
  process.stdout.write(randomBytes(4096))
  process.stdout.write('\n')
}

writeGarbage()
serveRaw({
  name: 'garbage',
  initialized() {
    writeGarbage()
    process.stdout.write(`${'x'.repeat(hugeBytes)}\n`)
    sendEvent({ content: 'between the garbage' })
    writeGarbage()
    process.stderr.write('garbage: done\n')
  },
})
