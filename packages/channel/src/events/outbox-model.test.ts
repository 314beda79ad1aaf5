/** The outbox against a model of itself, under any order of events, receipts, full pipes and the end. */
import { BackchannelError } from '@backchannel/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createPipe, settled } from '../fixtures/pipe.ts'
import { createOutput } from '../stdio/output.ts'
import { createOutbox } from './outbox.ts'

type Step =
  | { readonly do: 'emit'; readonly count: number; readonly size: number }
  /** Finishes some of the events that are under way; `which` chooses the first of them. */
  | { readonly do: 'settle'; readonly count: number; readonly which: number }
  | { readonly do: 'read'; readonly reading: boolean }
  | { readonly do: 'close' }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('emit' as const),
        count: fc.integer({ min: 1, max: 400 }),
        size: fc.nat(300),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('settle' as const),
        count: fc.integer({ min: 1, max: 300 }),
        which: fc.nat(),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), reading: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant({ do: 'close' as const }) },
  ),
  { maxLength: 30 },
)

const setups = fc.record({ receipts: fc.boolean(), highWaterMark: fc.constantFrom(1, 2_000, 200_000) })

const WINDOW = 256
const MOST_WAITING = 1024

interface Emission {
  readonly id: string
  state: 'waiting' | 'sent' | 'outbox-full' | 'closed'
  finished: boolean
}

it('keeps order, its bounds and its word', async () => {
  await fc.assert(
    fc.asyncProperty(setups, steps, async (setup, plan) => {
      const { receipts, highWaterMark } = setup
      const pipe = createPipe(highWaterMark)
      const output = createOutput(
        () => {},
        pipe.stream,
        (chunk) => pipe.stream.write(chunk),
      )
      const outbox = createOutbox(output)
      outbox.open({ receipts, source: 'model' })
      const emissions: Emission[] = []
      let closed = false

      const of = (state: Emission['state']) => emissions.filter((emission) => emission.state === state)
      const unfinished = () => emissions.filter((emission) => emission.state === 'sent' && !emission.finished)
      const emit = (size: number) => {
        const emission: Emission = { id: String(emissions.length), state: 'waiting', finished: false }
        emissions.push(emission)
        outbox.emit({ content: 'x'.repeat(size), meta: { id: emission.id }, eventId: emission.id }).then(
          () => {
            emission.state = 'sent'
          },
          (error: unknown) => {
            emission.state = BackchannelError.is(error) ? (error.code as 'closed') : 'waiting'
          },
        )
      }
      const settle = (emission: Emission) => {
        emission.finished = true
        outbox.settle({ eventId: emission.id, state: 'completed' })
      }
      const check = () => {
        // What has come out is a beginning of what was sent, and what was sent a beginning of what was taken.
        const taken = emissions.filter(({ state }) => state === 'waiting' || state === 'sent' || state === 'closed')
        const sent = of('sent').map(({ id }) => id)
        const came = pipe.lines.map((line) => JSON.parse(line).params.meta.id)
        expect(came).toEqual(sent.slice(0, came.length))
        expect(sent).toEqual(taken.slice(0, sent.length).map(({ id }) => id))
        if (receipts) expect(unfinished().length).toBeLessThanOrEqual(WINDOW)
        expect(of('waiting').length).toBeLessThanOrEqual(closed ? 0 : MOST_WAITING)
        // Nothing waits without a reason.
        const stopped = output.blocked || (receipts && unfinished().length === WINDOW)
        if (!stopped) expect(of('waiting')).toEqual([])
      }

      for (const step of plan) {
        const sentWhileBlocked = output.blocked && step.do !== 'read' ? of('sent').length : undefined
        if (step.do === 'emit') {
          for (let count = 0; count < step.count; count += 1) emit(step.size)
        } else if (step.do === 'settle') {
          const open = unfinished()
          const from = open.length === 0 ? 0 : step.which % open.length
          for (const emission of open.slice(from, from + step.count)) settle(emission)
        } else if (step.do === 'read') {
          await pipe.read(step.reading)
        } else {
          await outbox.close()
          closed = true
        }
        await settled()
        check()
        // A full pipe takes nothing more: what is in it is all the memory that it costs.
        if (sentWhileBlocked !== undefined) expect(of('sent')).toHaveLength(sentWhileBlocked)
      }
      // In the end every promise settles: sent if the host goes on, refused if the session is over.
      await pipe.read(true)
      for (let round = 0; of('waiting').length > 0; round += 1) {
        expect(round).toBeLessThan(100)
        for (const emission of unfinished()) settle(emission)
        await settled()
      }
      await settled()
      check()
      expect(pipe.lines).toHaveLength(of('sent').length)
    }),
    { numRuns: 150 },
  )
}, 60_000)
