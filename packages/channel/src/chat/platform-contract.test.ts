/** The suite passes a channel on the reference platform, which is made of nothing but the kit and a small adapter. */
import { PLATFORM_CHECKS, platformContract } from '@backchannel/testkit/platform-contract'
import { expect, it } from 'vitest'
import { describeReferencePlatform } from '../fixtures/reference-platform/descriptor.ts'

platformContract(describeReferencePlatform())

it('each check has a title of its own', () => {
  const titles = PLATFORM_CHECKS.map(({ title }) => title)
  expect(new Set(titles).size).toBe(titles.length)
})
