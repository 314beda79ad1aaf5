/** Emits `COUNT` events (default 100,000: `event 1`, `event 2`, …) as fast as the pipe takes them, after `initialized`. */
import { once } from 'node:events'
import { sendEvent, serveRaw } from './raw.ts'

const count = Number(process.env['COUNT'] ?? 100_000)

async function flood(): Promise<void> {
  for (let at = 1; at <= count; at += 1) {
    if (!sendEvent({ content: `event ${at}`, meta: { number: String(at) } })) await once(process.stdout, 'drain')
  }
  process.stderr.write(`flood: sent ${count}\n`)
}

serveRaw({ name: 'flood', initialized: () => void flood() })
