/** One run of a subject: its process with a home and a port of its own, gone with everything it left at the end. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '@backchannel/testkit'
import { type Host, startHost } from './host.ts'
import { type Ingress, openIngress } from './ingress/ingress.ts'
import type { Scratch } from './scratch.ts'
import type { Subject } from './subjects.ts'

export interface Running extends AsyncDisposable {
  readonly subject: Subject
  readonly host: Host
  readonly home: string
  /** From the spawn to the answer to `initialize`, in milliseconds. */
  readonly initializeMs: number
  /**
   * Registers the channel and asks until its ingress answers: an event with a 2xx, or an open WebSocket. Resolves with
   * the milliseconds since the spawn.
   */
  reach(): Promise<number>
  /** Opens connections; only after {@link reach}. */
  connect(lanes: number): Promise<Ingress>
  /** The number that no event of this run has had yet, and `count` more of them. */
  takeNumbers(count: number): number
}

const REACH_LIMIT_MS = 10_000

/** @throws Error with what the process wrote to stderr, if it ends before it answers. */
export async function launch(subject: Subject, scratch: Scratch): Promise<Running> {
  const [port, home] = await Promise.all([freePort(), scratch.createHome(subject)])
  const state = join(home, 'state')
  await mkdir(state, { recursive: true })
  const host = startHost({
    command: subject.command,
    args: subject.args,
    cwd: home,
    receipts: subject.receipts ? subject.job : undefined,
    environment: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      // Node keeps its compile cache there; the next session of a real user finds that of the one before.
      TMPDIR: scratch.temporary,
      ...subject.environment(state, port),
    },
  })
  const opened: Ingress[] = []
  let next = 1

  const dispose = async () => {
    for (const ingress of opened) ingress.close()
    await host.kill()
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
  try {
    const answeredAt = await host.initialize()
    return {
      subject,
      host,
      home,
      initializeMs: answeredAt - host.spawnedAt,
      async reach() {
        host.register()
        const ingress = await openWhenReady(subject, port, host)
        opened.push(ingress)
        if (subject.ingress === 'websocket') return performance.now() - host.spawnedAt
        const accepted = Promise.withResolvers<number>()
        ingress.onAccepted((_number, at) => accepted.resolve(at))
        ingress.send(0)
        return (await Promise.race([accepted.promise, ingress.failed])) - host.spawnedAt
      },
      async connect(lanes) {
        const ingress = await openIngress(subject.ingress, { port, lanes })
        opened.push(ingress)
        return ingress
      },
      takeNumbers(count) {
        const first = next
        next += count
        return first
      },
      [Symbol.asyncDispose]: dispose,
    }
  } catch (thrown) {
    await dispose()
    throw thrown
  }
}

async function openWhenReady(subject: Subject, port: number, host: Host): Promise<Ingress> {
  const deadline = performance.now() + REACH_LIMIT_MS
  for (;;) {
    try {
      return await openIngress(subject.ingress, { port, lanes: 1 })
    } catch (thrown) {
      if (performance.now() > deadline) {
        throw new Error(`${subject.job} does not answer on port ${port} after ${REACH_LIMIT_MS} ms.\n${host.stderr}`, {
          cause: thrown,
        })
      }
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
}
