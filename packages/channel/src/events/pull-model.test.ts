/** Sessions that are pushed to and sessions that pull, in any order: nothing is lost, and nothing comes twice without its label. */
import { createTempDirectory } from '@backchannel/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createPipe, settled } from '../fixtures/pipe.ts'
import { createLog } from '../log.ts'
import { createOutput } from '../stdio/output.ts'
import { createJournaledPath } from './journaled.ts'
import { createPull } from './pull.ts'

type Step =
  | { readonly kind: 'session'; readonly emits: number; readonly completes: number }
  | { readonly kind: 'pull'; readonly takes: number; readonly proves: boolean }

const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ kind: fc.constant('session'), emits: fc.nat(4), completes: fc.nat(4) }),
    fc.record({ kind: fc.constant('pull'), takes: fc.integer({ min: 1, max: 4 }), proves: fc.boolean() }),
  ),
  { maxLength: 8 },
)

const log = createLog('test', () => {})
const RECEIPTS = { receipts: true, source: 'test' }

function createProcess() {
  const pipe = createPipe(1024 * 1024)
  const output = createOutput(
    () => {},
    pipe.stream,
    (chunk) => pipe.stream.write(chunk),
  )
  return { output, lines: () => pipe.lines.map((line) => JSON.parse(line)) }
}

it('holds for any order', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      await using folder = await createTempDirectory()
      /** What became of each event: how often it came, and whether it is done. */
      const came = new Map<string, number>()
      const done = new Set<string>()
      let emitted = 0
      const comes = (content: string, labelled: boolean) => {
        const times = came.get(content) ?? 0
        expect([content, done.has(content), labelled]).toEqual([content, false, times > 0])
        came.set(content, times + 1)
      }
      const runSession = async (emits: number, completes: number) => {
        const { output, lines } = createProcess()
        const path = createJournaledPath({ directory: folder.path }, output, log)
        path.open(RECEIPTS)
        for (let at = 0; at < emits; at += 1) {
          emitted += 1
          await path.emit({ content: `event ${emitted}`, eventId: `${emitted}` })
        }
        await settled()
        for (const [at, { params }] of lines().entries()) {
          comes(params.content, params.meta?.redelivered === 'true')
          if (at >= completes) continue
          path.settle({ eventId: params.event_id, state: 'completed' })
          done.add(params.content)
        }
        await path.close()
      }
      const pull = async (takes: number, proves: boolean) => {
        const { output, lines } = createProcess()
        const puller = createPull(folder.path, output, log)
        const open = emitted - done.size
        const { events, left } = puller.take(takes)
        expect([events.length, left]).toEqual([Math.min(takes, open), Math.max(0, open - takes)])
        for (const { content, redelivered } of events) comes(content, redelivered)
        await settled()
        if (proves) {
          for (const { id } of lines()) puller.answered(id)
          for (const { content } of events) done.add(content)
        }
        await puller.close()
      }
      for (const step of list) {
        if (step.kind === 'session') await runSession(step.emits, step.completes)
        else await pull(step.takes, step.proves)
      }
      await pull(1_000, true)
      expect(came.size).toBe(emitted)
      await pull(1_000, true)
    }),
    { numRuns: 40, seed: 20_261_127 },
  )
})
