/** The suite passes a good channel and catches every bad one: each fault is seen by the check that is there for it. */
import { describe, expect, it } from 'vitest'
import { serverPath } from '../servers/index.ts'
import { applies, missing, runCheck } from './check.ts'
import { CONTRACT_CHECKS } from './checks.ts'
import { channelContract } from './index.ts'
import { describeReference } from './reference/descriptor.ts'
import { FAULTS, type Fault } from './reference/faults.ts'

channelContract(describeReference())

describe('a channel that breaks the contract is caught', () => {
  const faults = Object.entries(FAULTS).map(([fault, [title, said]]) => [fault as Fault, title, said] as const)
  it.each(faults)('%s, by "%s"', async (fault, title, said) => {
    const check = CONTRACT_CHECKS.find((one) => one.title.includes(title))
    expect(check, title).toBeDefined()
    if (check) await expect(runCheck(check, describeReference(fault), 'node')).rejects.toThrow(said)
  })
})

it('each check has a title of its own, and what it needs is looked at', () => {
  const titles = CONTRACT_CHECKS.map((check) => check.title)
  expect(new Set(titles).size).toBe(titles.length)
  const oneWay = { name: 'bare', command: () => ({ command: 'none' }) }
  const skipped = CONTRACT_CHECKS.filter((check) => applies(check, oneWay) && missing(check, oneWay).length > 0)
  expect(skipped.length).toBeGreaterThan(0)
  expect(CONTRACT_CHECKS.filter((check) => check.only === 'two-way').every((check) => !applies(check, oneWay))).toBe(
    true,
  )
})

it('a failure says what came instead', async () => {
  const sdk = { name: 'sdk', command: () => ({ command: process.execPath, args: [serverPath('garbage')] }) }
  const check = CONTRACT_CHECKS.find((one) => one.title.includes('nothing but JSON-RPC'))
  await expect(check && runCheck(check, sdk, 'node')).rejects.toThrow(/not JSON-RPC 2\.0: "Listening on http/)
})
