/** No proof at all: for programs of this machine, and never reachable from another. */
import { requestId } from './request-id.ts'
import type { Scheme } from './scheme.ts'

export const none: Scheme = {
  name: 'none',
  sender: 'any program of this machine',
  signed: false,
  timed: false,
  secretHeaders: [],
  givenSecret: false,
  generateSecret: () => '',
  checkSecret: () => 'a source with the scheme "none" has no secret',
  verify: () => undefined,
  deliveryId: requestId,
  event: () => undefined,
  sign: ({ id }) => ({ 'idempotency-key': id }),
  setup: 'Let a program of this machine POST to the address. Whatever comes from elsewhere is refused.',
}
