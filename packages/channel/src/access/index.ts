/** Who may write and who may approve, for channels and their tests; `defineChannel` takes the settings, the context gives the rest. */

export { type Access, type AccessSettings, accessMode, createAccess } from './access.ts'
export { type AccessFile, type ChunkMode, DM_POLICIES, type DmPolicy, type ReplyToMode } from './access-file.ts'
export type { Admission } from './admission.ts'
export type { Approved } from './approved-folder.ts'
export type { NamedApprovers } from './approvers.ts'
export type { Approver, RelayMode } from './approvers-file.ts'
export { GATE_REASONS, type GateMessage, type GateReason, type Place } from './gate.ts'
export type { PendingPairing } from './pairing.ts'
