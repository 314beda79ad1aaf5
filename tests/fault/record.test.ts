/** The judge of the fault run sees each way of breaking the promise, and nothing where it is kept. */
import { beforeEach, describe, expect, it } from 'vitest'
import { createRecord, type FaultRecord } from './record.ts'

let record: FaultRecord
beforeEach(() => {
  record = createRecord()
  for (const id of ['a1', 'a2', 'a3', 'b1']) record.sending(id, `${id} text`)
})
const acknowledge = (...ids: string[]) => {
  for (const id of ids) record.acknowledged(id.slice(0, 1), id)
}
/** Each in a session of its own; `+` is the label. */
let session = 0
const deliver = (...ids: string[]) => {
  for (const id of ids) {
    record.delivered(`${id.replace('+', '')} text`, id.endsWith('+'), ++session)
    record.answered(id.replace('+', ''))
  }
}
const NOTHING = { lost: [], unanswered: [], twice: [], disordered: [], altered: [] }

describe('the judge', () => {
  it('finds nothing where everything came, whatever the senders did among each other', () => {
    acknowledge('a1', 'b1', 'a2', 'a3')
    deliver('b1', 'a1', 'a2', 'a3')
    expect(record.judge()).toEqual({ acknowledged: 4, delivered: 4, repeated: 0, ...NOTHING })
  })

  it('takes labelled repeats for what they are, and a label on the first delivery for none', () => {
    acknowledge('a1', 'a2')
    deliver('a1', 'a2+', 'a1+', 'a2+')
    expect(record.judge()).toEqual({ acknowledged: 2, delivered: 2, repeated: 2, ...NOTHING })
  })

  it('minds neither an event that came before its acknowledgement nor one that was never acknowledged', () => {
    deliver('a1', 'a2')
    acknowledge('a1')
    expect(record.missing).toBe(0)
    expect(record.judge()).toEqual({ acknowledged: 1, delivered: 2, repeated: 0, ...NOTHING })
  })

  it('counts what is on its way', () => {
    acknowledge('a1', 'a1', 'a2')
    expect([record.missing, record.acknowledgements]).toEqual([2, 2])
    deliver('a1', 'a1+')
    expect([record.missing, record.deliveries]).toEqual([1, 2])
  })

  it('finds what is lost', () => {
    acknowledge('a1', 'a2', 'b1')
    deliver('a1')
    expect(record.judge().lost).toEqual(['a2', 'b1'])
  })

  it('finds what a session had and none came to', () => {
    acknowledge('a1', 'a2')
    deliver('a1')
    record.delivered('a2 text', false, 1)
    expect(record.missing).toBe(1)
    expect(record.judge()).toMatchObject({ lost: [], unanswered: ['a2'] })
  })

  it('finds what came twice without the label', () => {
    acknowledge('a1', 'a2')
    deliver('a1+', 'a2', 'a1')
    expect(record.judge()).toMatchObject({ twice: ['a1'], repeated: 0 })
  })

  it('finds what came twice in one session, also with the label', () => {
    acknowledge('a1')
    for (const labelled of [false, true]) record.delivered('a1 text', labelled, 1)
    record.delivered('a1 text', true, 2)
    expect(record.judge()).toMatchObject({ twice: ['a1'], repeated: 1 })
  })

  it('finds what came out of order, by the order of the acknowledgements', () => {
    acknowledge('a2', 'a1', 'a3')
    deliver('a1', 'a3', 'a2', 'a1+')
    expect(record.judge().disordered).toEqual(['a2'])
  })

  it('finds what is not as it was sent', () => {
    acknowledge('a1')
    record.delivered('a1 tex', false, 1)
    record.delivered('c1 text', false, 1)
    expect(record.judge().altered).toEqual(['a1', 'c1'])
  })
})
