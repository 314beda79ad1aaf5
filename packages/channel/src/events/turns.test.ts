/** Acknowledgements keep their order, and the event loop gets its turn. */
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createTurns } from './turns.ts'

it('events that were stored together are acknowledged in their order, however many they are', async () => {
  const inTurns = createTurns()
  const order: number[] = []
  const stored = Promise.resolve()
  await Promise.all(Array.from({ length: 1_000 }, (_, number) => inTurns(stored).then(() => void order.push(number))))
  expect(order).toEqual(Array.from({ length: 1_000 }, (_, number) => number))
})

it('a loop that emits without end leaves the event loop its turn, on success and on failure', async () => {
  for (const result of [() => Promise.resolve(), () => Promise.reject(new Error('no'))]) {
    const inTurns = createTurns()
    let over = false
    const turn = setImmediate().then(() => {
      over = true
    })
    while (!over) await inTurns(result()).catch(() => {})
    await turn
  }
})
