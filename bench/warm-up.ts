/** The first run of a subject, which is not counted: caches are filled, and its home is kept for the runs to come. */
import { readdir } from 'node:fs/promises'
import { setTimeout as after } from 'node:timers/promises'
import { drive } from './drive.ts'
import { launch } from './launch.ts'
import type { Scratch } from './scratch.ts'
import type { Subject } from './subjects.ts'

const END_LIMIT_MS = 1000

/** @returns whether the subject had a journal when it had ended. */
export async function warmUp(subject: Subject, scratch: Scratch): Promise<{ readonly journal: boolean }> {
  await using running = await launch(subject, scratch)
  await running.reach()
  await drive(running, await running.connect(1), { events: 20, inFlight: 1 })
  // Ended properly where that is possible: Node writes its compile cache at the end of a process.
  // The bare server does not end with its input, and keeps nothing.
  if (subject.variant !== 'bare') {
    running.host.endInput()
    await Promise.race([running.host.exited, after(END_LIMIT_MS, undefined, { ref: false })])
  }
  await running.host.kill()
  await scratch.keepHome(subject, running.home)
  const files = await readdir(running.home, { recursive: true })
  return { journal: files.some((file) => file.endsWith('.db')) }
}
