/** The fixture channel keeps the relay contract as a real process, and each fault is caught by the check that is there for it. */
import { RELAY_CHECKS, relayContract, startSubject } from '@backchannel/testkit/relay-contract'
import { afterAll, describe, expect, it } from 'vitest'
import { FAULTS, type Fault } from '../fixtures/relayed-faults.ts'
import { describeRelayed } from '../fixtures/relayed-people.ts'

const good = describeRelayed()
afterAll(() => good.remove())
relayContract(good)

describe('a channel that breaks the relay contract is caught', () => {
  const faults = Object.entries(FAULTS).map(([fault, [title, said]]) => [fault as Fault, title, said] as const)
  it.each(faults)('%s, by "%s"', async (fault, title, said) => {
    const check = RELAY_CHECKS.find((one) => one.title.includes(title))
    const descriptor = describeRelayed(fault)
    const subject = await startSubject({ ...descriptor, name: fault }, 'node', 'ours', 1_000)
    try {
      await expect(check?.run(subject)).rejects.toThrow(said)
    } finally {
      await subject.close()
      await descriptor.remove()
    }
  })
})

it('each check has a title of its own', () => {
  const titles = RELAY_CHECKS.map(({ title }) => title)
  expect(new Set(titles).size).toBe(titles.length)
})
