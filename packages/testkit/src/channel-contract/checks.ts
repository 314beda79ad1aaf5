/** The whole contract, in the order in which a failure is easiest to understand. */
import type { ContractCheck } from './check.ts'
import { endingChecks } from './ending.ts'
import { eventChecks } from './events.ts'
import { handshakeChecks } from './handshake.ts'
import { pullingChecks } from './pulling.ts'
import { registrationChecks } from './registration.ts'
import { toolChecks } from './tools.ts'
import { wireChecks } from './wire.ts'

export const CONTRACT_CHECKS: readonly ContractCheck[] = [
  ...handshakeChecks,
  ...wireChecks,
  ...toolChecks,
  ...registrationChecks,
  ...eventChecks,
  ...pullingChecks,
  ...endingChecks,
]
