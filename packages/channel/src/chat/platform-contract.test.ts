/** The suite passes a channel on the reference platform, made of nothing but the kit and a small adapter, and sees what is wrong with a bad one. */
import { PLATFORM_CHECKS, platformContract, startPlatformSubject } from '@backchannel/testkit/platform-contract'
import { describe, expect, it } from 'vitest'
import { describeReferencePlatform } from '../fixtures/reference-platform/descriptor.ts'
import { FAULTS, type Fault } from '../fixtures/reference-platform/faults.ts'

// On Bun the same kit passes it with a real adapter: plugins/telegram.
platformContract({ ...describeReferencePlatform(), runtimes: ['node'] })

platformContract({ ...describeReferencePlatform(undefined, true), runtimes: ['node'] })

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
