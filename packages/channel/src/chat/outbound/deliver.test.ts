/** When a message that is sent again says so: not where the platform still knows it by its key. */
import { expect, it } from 'vitest'
import type { Tasks } from '../../journal/tasks.ts'
import type { Connection } from '../platform/connection.ts'
import type { PlatformLimits } from '../platform/limits.ts'
import { PlatformError } from '../platform/platform-error.ts'
import { createDeliver } from './deliver.ts'
import type { Intent } from './intent.ts'
import { createPace } from './pace.ts'

const intent: Intent = {
  chatId: '1',
  parts: [{ text: { text: 'hello', entities: [] }, files: [] }],
  next: 0,
  ids: [],
  resumed: false,
}
const tasks: Pick<Tasks, 'put' | 'change' | 'finish'> = {
  put: async () => true,
  change: async () => {},
  finish: async () => {},
}

function start(deduplicates: PlatformLimits['deduplicates'], failures: readonly PlatformError[] = []) {
  const sent: { readonly key: string; readonly text: string }[] = []
  const left = [...failures]
  const connection: Pick<Connection, 'send'> = {
    async send({ key, text }) {
      sent.push({ key, text: text.text })
      const failure = left.shift()
      if (failure) throw failure
      return { messageIds: ['9'] }
    },
  }
  const deliver = createDeliver({
    connection: connection as Connection,
    limits: { textUnits: 100, deduplicates } as PlatformLimits,
    tasks: tasks as Tasks,
    pace: createPace(),
    session: new AbortController().signal,
    attempts: { most: 3, longestWaitMs: 10, firstPauseMs: 1, callMs: 1_000 },
    warn() {},
  })
  return { deliver, sent }
}

it.each([
  ['never', false, 0, true],
  ['always', true, 3_600_000, false],
  ['for a minute, within it', { forMs: 60_000 }, 1_000, false],
  ['for a minute, after it', { forMs: 60_000 }, 61_000, true],
] as const)(
  'taken up again by the next process, on a platform that knows a key %s',
  async (_, known, ago, labelled) => {
    const { deliver, sent } = start(known)
    await deliver.resume({ taskId: 't', storedAt: Date.now() - ago }, intent, new Map())
    expect(sent).toEqual([{ key: 't-0', text: labelled ? 'hello\n\n(may be a repeat)' : 'hello' }])
  },
)

it.each([
  [false, 'hello\n\n(may be a repeat)'],
  [{ forMs: 60_000 }, 'hello'],
  [{ forMs: 0 }, 'hello\n\n(may be a repeat)'],
] as const)('tried again after a lost answer, where a key is known %j', async (known, again) => {
  const { deliver, sent } = start(known, [new PlatformError('lost', { kind: 'unknown' })])
  await deliver.send({ chatId: '1', parts: intent.parts, files: new Map() }, new AbortController().signal)
  expect(sent.map(({ text }) => text)).toEqual(['hello', again])
  expect(new Set(sent.map(({ key }) => key)).size).toBe(1)
})
