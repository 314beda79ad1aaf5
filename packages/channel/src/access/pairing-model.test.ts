/** Codes in memory and codes in `access.json` do the same in any order of offers, pairings and hours; few wait, each is good once. */
import { join } from 'node:path'
import { createTempDirectory } from '@backchannel/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createLog } from '../log.ts'
import { createAccessStore } from './access-store.ts'
import { MOST_PENDING, PAIRING_LIFETIME_MS } from './pairing.ts'
import { createFilePairings, createPairings } from './pairings.ts'

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('offer' as const), who: fc.nat({ max: 15 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const), nth: fc.nat({ max: 20 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: PAIRING_LIFETIME_MS }) }) },
)

it('both stores agree with each other, and with what a code is for', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await using folder = await createTempDirectory()
      const start = 1_000_000
      let time = start
      const now = () => time
      /** The same codes for both, six digits each. */
      const createRandom = () => {
        let drawn = 0
        return () => {
          drawn += 1
          return String(999_999 - drawn)
        }
      }
      const memory = createPairings({ now, random: createRandom() })
      const store = createAccessStore({ file: join(folder.path, 'access.json'), log: createLog('test', () => {}) })
      const file = createFilePairings(store, { now, random: createRandom() })
      const given: { readonly code: string; readonly sender: string; readonly until: number }[] = []
      const used = new Set<string>()
      for (const one of steps) {
        switch (one.kind) {
          case 'offer': {
            const who = { sender: `s${one.who}`, chat: `c${one.who}` }
            const offer = await memory.offer(who)
            expect(await file.offer(who)).toEqual(offer)
            const { code, sender, replies } = offer.pairing
            expect([sender, used.has(code), replies <= 2]).toEqual([who.sender, false, true])
            expect(offer.isNew).toBe(!given.some((one) => one.code === code))
            if (offer.isNew) given.push({ code, sender, until: time + PAIRING_LIFETIME_MS })
            break
          }
          case 'take': {
            const known = given[one.nth % Math.max(1, given.length)]
            if (!known) break
            const good = !used.has(known.code) && time < known.until
            // Looked up in the file alone where it is wrong: ten wrong ones in a row end all that are in memory.
            const taken = await file.take(known.code)
            expect(taken?.sender).toBe(good ? known.sender : undefined)
            if (good) expect(await memory.take(known.code)).toEqual(taken)
            used.add(known.code)
            break
          }
          case 'wait':
            time += one.ms
        }
        const waiting = await memory.list()
        const inFile = await file.list()
        expect(inFile.map(({ createdAt }) => createdAt)).toEqual(waiting.map(({ createdAt }) => createdAt))
        expect(new Set(inFile)).toEqual(new Set(waiting))
        expect(waiting.length).toBeLessThanOrEqual(MOST_PENDING)
        expect(waiting.map(({ code }) => code).sort()).toEqual(
          given
            .filter(({ code, until }) => !used.has(code) && time < until)
            .map(({ code }) => code)
            .sort(),
        )
      }
    }),
    { numRuns: 40 },
  )
})
