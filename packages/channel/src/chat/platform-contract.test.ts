/** The suites pass a channel on the reference platform, made of nothing but the kit and a small adapter, and see what is wrong with a bad one. */
import { PLATFORM_CHECKS, platformContract, startPlatformSubject } from '@backchannel/testkit/platform-contract'
import { relayContract } from '@backchannel/testkit/relay-contract'
import { afterAll, describe, expect, it } from 'vitest'
import { describeReferencePlatform } from '../fixtures/reference-platform/descriptor.ts'
import { FAULTS, type Fault } from '../fixtures/reference-platform/faults.ts'
import { describeReferenceRelay } from '../fixtures/reference-platform/people.ts'

platformContract(describeReferencePlatform())

const relay = describeReferenceRelay()
afterAll(() => relay.remove())
relayContract(relay)

describe.concurrent('an adapter that does it wrong is caught', () => {
  const faults = Object.entries(FAULTS).map(([fault, [title, said]]) => [fault as Fault, title, said] as const)
  it.each(faults)('%s, by "%s"', { timeout: 60_000 }, async (fault, title, said) => {
    const check = PLATFORM_CHECKS.find((one) => one.title.includes(title))
    if (!check) throw new Error(`no check is called ${title}`)
    const subject = await startPlatformSubject(describeReferencePlatform(fault), 'node', 4_000)
    try {
      const outcome = await check.run(subject).then(
        () => 'passed',
        (thrown: Error) => thrown.message,
      )
      expect(outcome).toMatch(said)
    } finally {
      await subject.close()
    }
  })
})

it('each check has a title of its own', () => {
  const titles = PLATFORM_CHECKS.map(({ title }) => title)
  expect(new Set(titles).size).toBe(titles.length)
})
