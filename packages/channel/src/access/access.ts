/** Access to a channel while it runs: codes are offered to senders, and the operator's commands about them are done. */
import { join } from 'node:path'
import { type AccessResult, renderError } from '@backchannel/protocol'
import type { Log } from '../log.ts'
import { type Approvers, createApprovers, type NamedApprovers } from './approvers.ts'
import { runAccessCommand } from './commands.ts'
import { createFilePairings } from './file-pairings.ts'
import { type Candidate, createPairings, type PairingOptions, type PendingPairing } from './pairing.ts'

export interface AccessSettings {
  /** The channel's state directory. */
  readonly directory: string
  /** What the operator's `pair CODE` makes of a sender. */
  readonly grants: 'approver'
  /** For a channel whose own settings say who approves; default: `approvers.json`, by the operator's word. */
  readonly named?: NamedApprovers
}

export interface Access {
  readonly approvers: Approvers
  /**
   * A code to show to a sender, who reads it to the operator; `full` where too many wait already. Offer it in a direct
   * chat only: prompts will come there.
   * @throws BackchannelError `state-invalid` or `state-unwritable` where codes are kept in `access.json` (stock hosts)
   */
  offer(who: Candidate): Promise<PendingPairing | 'full'>
  /** Does what the operator typed after `/NAME:access`. Never rejects: what fails is told. */
  run(args: readonly string[]): Promise<AccessResult>
  /** Calls back whenever the operator's word has been done. @returns what ends it */
  onChange(listener: () => void): () => void
}

export interface AccessOptions extends AccessSettings, PairingOptions {
  /** As the session calls it: `fakechat`; part of the commands that texts name. */
  readonly name: string
  readonly operatorWord: boolean
  readonly log: Log
  /** How the operator calls these commands; default `/NAME:access`. */
  readonly command?: string
}

export function createAccess(options: AccessOptions): Access {
  const { directory, operatorWord, name, named, log, command = `/${name}:access` } = options
  const approvers = createApprovers({ directory, operatorWord, log, command, ...(named ? { named } : {}) })
  const pairings = operatorWord ? createPairings(options) : createFilePairings(join(directory, 'access.json'), options)
  const listeners = new Set<() => void>()
  const now = options.now ?? Date.now

  return {
    approvers,
    offer: (who) => pairings.offer(who),
    async run(args) {
      const result = await runAccessCommand(args, { command, approvers, pairings, now })
      for (const listener of result.ok ? listeners : []) {
        try {
          listener()
        } catch (thrown) {
          log.error(`showing what the operator changed failed: ${renderError(thrown)}`)
        }
      }
      return { ...result, approvers: await approvers.digest() }
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
