/** Who may approve, for channels and their tests; `defineChannel` takes the settings, the context gives the rest. */

export { type Access, type AccessSettings, createAccess } from './access.ts'
export type { NamedApprovers } from './approvers.ts'
export type { Approver, RelayMode } from './approvers-file.ts'
export type { PendingPairing } from './pairing.ts'
