/** All checks of the platform contract, in the order in which they are told. */
import type { PlatformCheck } from './check.ts'
import { INBOUND_CHECKS } from './inbound.ts'
import { OUTBOUND_CHECKS } from './outbound.ts'
import { PRESENCE_CHECKS } from './presence.ts'
import { QUESTION_CHECKS } from './questions.ts'

export const PLATFORM_CHECKS: readonly PlatformCheck[] = [
  ...INBOUND_CHECKS,
  ...OUTBOUND_CHECKS,
  ...PRESENCE_CHECKS,
  ...QUESTION_CHECKS,
]
