/** Reading and checking an audit trail, for a command that is loaded only where it is used. */
export type { Line } from './line.ts'
export { type ReadDecisionsOptions, readDecisions } from './read.ts'
export { renderDecisionLine, renderVerification } from './render.ts'
export { type Verification, verifyTrail } from './verify.ts'
export type { Finding } from './verify-file.ts'
