/** What a channel holds in memory: a while after its start, and at most during a flood of events. */
import { setTimeout as after } from 'node:timers/promises'
import { drive } from '../drive.ts'
import { launch } from '../launch.ts'
import { readMemory, resetPeak } from '../memory.ts'
import type { Figure } from './figure.ts'

const MEGABYTE = 1024 * 1024
/** Until a process that has just started is quiet. */
const SETTLE_MS = 400
const LOOK_MS = 40

export const memory: Figure = {
  name: 'memory',
  title: 'memory',
  unit: 'MB',
  parts: [
    { key: 'idle', label: 'resident, idle', target: { most: 0.85 } },
    { key: 'peak', label: 'resident, most under 20,000 events', target: { most: 0.85 } },
    { key: 'idle-share', label: 'proportional, idle' },
    { key: 'peak-share', label: 'proportional, most under 20,000 events' },
  ],
  variants: ['bare', 'process'],
  rounds: 2,
  async run(subject, { scratch, quick }) {
    await using running = await launch(subject, scratch)
    await running.reach()
    const { pid } = running.host
    // Over HTTP as many at a time as sources have connections; over a WebSocket all at once.
    const inFlight = subject.ingress === 'http' ? 256 : 20_000
    const ingress = await running.connect(Math.min(inFlight, 256))
    await after(quick ? SETTLE_MS / 4 : SETTLE_MS)
    const idle = await readMemory(pid)
    await resetPeak(pid)
    let peakShare = 0
    let looking = false
    const look = async () => {
      if (looking) return
      looking = true
      peakShare = Math.max(peakShare, (await readMemory(pid)).proportional ?? 0)
      looking = false
    }
    const looks = setInterval(() => void look().catch(() => {}), LOOK_MS)
    try {
      await drive(running, ingress, { events: quick ? 1000 : 20_000, inFlight })
    } finally {
      clearInterval(looks)
    }
    const { peak, proportional } = await readMemory(pid)
    return {
      idle: idle.resident / MEGABYTE,
      peak: peak / MEGABYTE,
      ...(idle.proportional === undefined ? {} : { 'idle-share': idle.proportional / MEGABYTE }),
      ...(proportional === undefined ? {} : { 'peak-share': Math.max(peakShare, proportional) / MEGABYTE }),
    }
  },
}
