/** Access to a channel while it runs: codes are offered to senders, and the operator's commands about them are done. */
import { join } from 'node:path'
import type { AccessResult } from '@backchannel/protocol'
import type { Log } from '../log.ts'
import { changeJsonState, readJsonState } from '../state/atomic-file.ts'
import { parseAccess, renderAccess } from './access-file.ts'
import { type Approvers, createApprovers } from './approvers.ts'
import { runAccessCommand } from './commands.ts'
import { createPairings, type PairingOptions, type PendingPairing } from './pairing.ts'

export interface AccessSettings {
  /** The channel's state directory. */
  readonly directory: string
  /** What the operator's `pair CODE` makes of a sender. */
  readonly grants: 'approver'
}

export interface Access {
  readonly approvers: Approvers
  /** A code to show to a sender, who reads it to the operator; `full` where too many wait already. */
  offer(who: Pick<PendingPairing, 'sender' | 'chat' | 'name'>): Promise<PendingPairing | 'full'>
  /** Does what the operator typed after `/NAME:access`. Never rejects: what fails is told. */
  run(args: readonly string[]): Promise<AccessResult>
  /** Calls back whenever the operator's word has changed something. @returns what ends it */
  onChange(listener: () => void): () => void
}

export interface AccessOptions extends AccessSettings, PairingOptions {
  /** As the session calls it: `fakechat`; part of the commands that texts name. */
  readonly name: string
  readonly operatorWord: boolean
  readonly log: Log
}

export function createAccess(options: AccessOptions): Access {
  const { directory, operatorWord, name } = options
  const approvers = createApprovers(options)
  const pairings = createPairings(options)
  const listeners = new Set<() => void>()
  const file = join(directory, 'access.json')
  const now = options.now ?? Date.now

  /** In a session whose host passes the operator's word on, codes live in this process and nobody else can pair one. */
  const waiting = async (): Promise<readonly PendingPairing[]> => {
    if (operatorWord) return pairings.list()
    const { pending } = parseAccess(await readJsonState(file), file)
    return pending.filter(({ expiresAt }) => now() < expiresAt)
  }
  const take = async (code: string): Promise<PendingPairing | undefined> => {
    if (operatorWord) return pairings.take(code)
    let taken: PendingPairing | undefined
    await changeJsonState(file, (value) => {
      const access = parseAccess(value, file)
      taken = access.pending.find((one) => one.code === code.trim().toLowerCase() && now() < one.expiresAt)
      return taken && renderAccess({ ...access, pending: access.pending.filter((one) => one !== taken) })
    })
    return taken
  }

  return {
    approvers,
    async offer(who) {
      const offered = pairings.offer(who)
      if (offered === 'full' || operatorWord) return offered
      await changeJsonState(file, (value) => {
        const access = parseAccess(value, file)
        const others = access.pending.filter(({ code, expiresAt }) => code !== offered.code && now() < expiresAt)
        return renderAccess({ ...access, pending: [...others, offered] })
      })
      return offered
    },
    async run(args) {
      const result = await runAccessCommand(args, { name, approvers, waiting, take, now })
      if (result.ok) for (const listener of listeners) listener()
      return result
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
