/** The relay of the kit on a platform with buttons, and on one where everything is typed. */
import { relayContract } from '@backchannel/testkit/relay-contract'
import { afterAll } from 'vitest'
import { describeReferenceRelay } from '../fixtures/reference-platform/people.ts'

const relay = describeReferenceRelay()
const bareRelay = describeReferenceRelay(true)
afterAll(async () => {
  await relay.remove()
  await bareRelay.remove()
})
relayContract(relay)
relayContract({ ...bareRelay, runtimes: ['node'] })
