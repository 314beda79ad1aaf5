/** How many events a second get through, with as many on their way at a time as a few, some or many sources have. */
import { drive } from '../drive.ts'
import { launch } from '../launch.ts'
import { VARIANTS } from '../subjects.ts'
import type { Figure } from './figure.ts'

const IN_FLIGHT = [1, 32, 256] as const

export const rate: Figure = {
  name: 'rate',
  title: 'events per second',
  unit: '1/s',
  parts: IN_FLIGHT.map((count) => ({
    key: String(count),
    label: `${count} in flight`,
    ...(count === 32 ? { target: { least: 1 } } : {}),
  })),
  quickVariants: VARIANTS,
  async run(subject, { scratch, quick }) {
    await using running = await launch(subject, scratch)
    await running.reach()
    const ingress = await running.connect(Math.max(...IN_FLIGHT))
    await drive(running, ingress, { events: 2000, inFlight: 32, mostMs: quick ? 100 : 200 })
    const sample: Record<string, number> = {}
    for (const inFlight of IN_FLIGHT) {
      const load = { events: 10_000, inFlight, mostMs: quick ? 100 : 300 }
      const { events, elapsedMs } = await drive(running, ingress, load)
      sample[inFlight] = events / (elapsedMs / 1000)
    }
    return sample
  },
}
