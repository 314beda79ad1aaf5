/** How long until the first event gets in: from the spawn to an answered request or an open WebSocket. */
import { launch } from '../launch.ts'
import type { Figure } from './figure.ts'

export const ready: Figure = {
  name: 'ready',
  title: 'spawn → ingress answers',
  unit: 'ms',
  parts: [{ key: 'time', label: '' }],
  variants: ['bare', 'process'],
  repeats: 3,
  async run(subject, { scratch }) {
    await using running = await launch(subject, scratch)
    return { time: await running.reach() }
  },
}
