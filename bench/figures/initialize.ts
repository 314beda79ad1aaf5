/** How long a session waits for a channel: from the spawn to the answer to `initialize`. */
import { launch } from '../launch.ts'
import type { Figure } from './figure.ts'

export const initialize: Figure = {
  name: 'initialize',
  title: 'spawn → initialize answered',
  unit: 'ms',
  parts: [{ key: 'time', label: '', target: { most: 0.5 } }],
  variants: ['bare', 'process'],
  repeats: 3,
  async run(subject, { scratch }) {
    await using running = await launch(subject, scratch)
    return { time: running.initializeMs }
  },
}
