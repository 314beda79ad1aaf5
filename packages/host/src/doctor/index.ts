/** The doctor, and the programs of channels that it and other commands run; no session loads it. */

export { type Diagnosis, diagnose } from './diagnose.ts'
export { diagnosePolicy, type PolicyDiagnosis } from './policy.ts'
export { findProgram, runProgram } from './program.ts'
export { renderDiagnosis } from './render.ts'
export { renderPolicy } from './render-policy.ts'
