/** How long an event takes when the next comes as soon as one is through: no waiting, no sleep of any process. */
import { drive } from '../drive.ts'
import { launch } from '../launch.ts'
import type { Figure } from './figure.ts'
import { summarizeLatency } from './latency.ts'

export const latencyClosed: Figure = {
  name: 'latency-closed',
  title: 'ingress → notification, closed loop',
  unit: 'µs',
  parts: [
    { key: 'p50', label: 'p50' },
    { key: 'p99', label: 'p99' },
    { key: 'accepted', label: 'answer to the sender, p50' },
  ],
  variants: ['bare', 'process'],
  async run(subject, { scratch, quick }) {
    await using running = await launch(subject, scratch)
    await running.reach()
    const ingress = await running.connect(1)
    await drive(running, ingress, { events: 500, inFlight: 1, mostMs: quick ? 50 : 200 })
    return summarizeLatency(await drive(running, ingress, { events: 2000, inFlight: 1, mostMs: quick ? 100 : 600 }))
  },
}
