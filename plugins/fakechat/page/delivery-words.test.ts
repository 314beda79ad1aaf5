/** Every state and every reason that can come has words. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { DROP_WORDS, renderDelivery } from './delivery-words.ts'
import type { Delivery } from './entry.ts'

test('the reasons for a dropped event are those of the list', async () => {
  const text = await readFile(new URL('../../../docs/reasons.md', import.meta.url), 'utf8')
  const dropped = text.slice(text.indexOf('## Why an event is dropped'))
  const reasons = [...dropped.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, reason]) => reason)
  expect(Object.keys(DROP_WORDS)).toEqual(reasons)
})

test.each<[Delivery, string, string?]>([
  [{ kind: 'sent' }, 'stored', 'stored; the next session gets it'],
  [{ kind: 'started' }, 'working…', 'stored; the next session gets it'],
  [
    { kind: 'started', reason: 'the usage limit is reached' },
    'working: the agent waits (the usage limit is reached)',
    'stored; the next session gets it',
  ],
  [{ kind: 'completed' }, 'done', 'done'],
  [{ kind: 'failed', reason: 'the model is away' }, 'failed: the model is away', 'failed: the model is away'],
  [{ kind: 'failed', reason: 'interrupted' }, 'failed: somebody stopped the agent'],
  [{ kind: 'dropped', reason: 'new-reason' }, 'not taken by the session: new-reason'],
  [{ kind: 'sending', progress: 0.428 }, 'uploading 42 %'],
])('%o is "%s"', (delivery, connected, away = connected) => {
  expect([renderDelivery(delivery, true), renderDelivery(delivery, false)]).toEqual([connected, away])
})
