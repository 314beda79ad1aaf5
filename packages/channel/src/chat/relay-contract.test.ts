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
// On Bun: the kit's relay alone (../relay), and approvals in telegram's platform contract.
relayContract({ ...relay, runtimes: ['node'] })
relayContract({ ...bareRelay, runtimes: ['node'] })
