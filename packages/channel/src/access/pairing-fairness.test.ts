/** Strangers, however many and however they write, can't keep somebody from being paired, nor make the channel talk on and on. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MOST_PENDING, MOST_REPLIES, offerAmong, PAIRING_LIFETIME_MS, type PendingPairing } from './pairing.ts'

const crowd = fc.array(fc.record({ who: fc.nat({ max: 3 * MOST_PENDING }), wait: fc.nat({ max: 10_000 }) }), {
  minLength: MOST_PENDING,
  maxLength: 4 * MOST_PENDING,
})

it('who asks gets a code that stays good while fewer strangers than may wait come after (S-15)', () => {
  fc.assert(
    fc.property(crowd, fc.nat({ max: MOST_PENDING - 1 }), (before, after) => {
      let time = 1
      let drawn = 0
      let waiting: readonly PendingPairing[] = []
      const ask = (sender: string) => {
        const random = () => String(100_000 + ++drawn)
        const offer = offerAmong(waiting, { sender, chat: sender }, { now: () => time, random })
        const gone = new Set([...offer.gaveWay, offer.pairing.code])
        waiting = [...waiting.filter(({ code }) => !gone.has(code)), offer.pairing]
        expect(waiting.length).toBeLessThanOrEqual(MOST_PENDING)
        expect(new Set(waiting.map((one) => one.sender)).size).toBe(waiting.length)
        return offer
      }
      for (const { who, wait } of before) {
        time += wait
        ask(`stranger ${who}`)
      }
      const mine = ask('me')
      expect([mine.told, mine.isNew]).toEqual([true, true])
      time += 1
      for (let at = 0; at < after; at += 1) ask(`late ${at}`)
      const found = waiting.find(({ code }) => code === mine.pairing.code)
      expect(found).toEqual(mine.pairing)
      expect(found && found.expiresAt - found.createdAt).toBe(PAIRING_LIFETIME_MS)
    }),
    { numRuns: 50 },
  )
})

it('a sender who writes without end is told as often as one who writes twice', () => {
  let waiting: readonly PendingPairing[] = []
  let told = 0
  for (let at = 0; at < 1_000; at += 1) {
    const offer = offerAmong(waiting, { sender: 'me', chat: 'me' }, { now: () => at })
    waiting = [offer.pairing]
    if (offer.told) told += 1
  }
  expect(told).toBe(MOST_REPLIES)
})
