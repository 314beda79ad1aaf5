/** The whole relay contract; the check that spoils the channel's files comes last. */
import type { RelayCheck } from './check.ts'
import { endChecks } from './ends.ts'
import { promptChecks } from './prompts.ts'
import { questionChecks } from './questions.ts'
import { verdictChecks } from './verdicts.ts'

export const RELAY_CHECKS: readonly RelayCheck[] = [...promptChecks, ...endChecks, ...questionChecks, ...verdictChecks]
