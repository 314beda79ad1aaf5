/** How long an event takes that comes to an idle channel, which is how nearly all events come. */
import { drive } from '../drive.ts'
import { launch } from '../launch.ts'
import type { Figure } from './figure.ts'
import { summarizeLatency } from './latency.ts'

export const latencyPaced: Figure = {
  name: 'latency-paced',
  title: 'ingress → notification, one event each 4 ms',
  unit: 'µs',
  parts: [
    { key: 'p50', label: 'p50', target: { most: 1.5 } },
    { key: 'p99', label: 'p99' },
    { key: 'accepted', label: 'answer to the sender, p50' },
  ],
  async run(subject, { scratch, quick }) {
    await using running = await launch(subject, scratch)
    await running.reach()
    const ingress = await running.connect(32)
    await drive(running, ingress, { events: 500, inFlight: 1, mostMs: quick ? 50 : 200 })
    await drive(running, ingress, { events: 25, inFlight: 32, everyMs: 4 })
    return summarizeLatency(await drive(running, ingress, { events: quick ? 50 : 200, inFlight: 32, everyMs: 4 }))
  },
}
