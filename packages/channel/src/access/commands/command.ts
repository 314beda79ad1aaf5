/** A word that can follow `/NAME:access`: its arguments, its help, what completes it, and what it does. */
import type { AccessResult } from '@backchannel/protocol'
import { showPlainly } from '../../relay/show.ts'
import type { AccessStore } from '../access-store.ts'
import type { Approved } from '../approved-folder.ts'
import type { Approvers, NamedApprovers } from '../approvers.ts'
import type { NormalizeId } from '../gate.ts'
import type { Pairings } from '../pairings.ts'
import type { AccessKey } from './set.ts'

export interface CommandPorts {
  /** As the operator calls these: `/fakechat:access`. */
  readonly command: string
  readonly directory: string
  readonly grants: 'sender' | 'approver'
  /** Where codes are in the memory of a running session alone. */
  readonly operatorWord: boolean
  readonly keys?: readonly AccessKey[]
  /** Approvers are named elsewhere, and by no word here. */
  readonly named?: NamedApprovers
  readonly normalize?: NormalizeId
  isOwner?(sender: string): boolean
  readonly store: AccessStore
  readonly approvers: Approvers
  readonly pairings: Pairings
  now(): number
  /** Tells the sender, in the process that has the platform's connection. */
  paired(who: Approved): Promise<void>
}

/** One way to go on, with a word about it. */
export interface Choice {
  readonly value: string
  readonly summary: string
}

export interface AccessCommand {
  readonly name: string
  /** The arguments as help shows them. */
  readonly usage: string
  readonly summary: string
  /** The arguments of an example. */
  readonly example: string
  /** @throws UsageProblem, BackchannelError */
  run(args: readonly string[], ports: CommandPorts): Promise<AccessResult>
  /** @param args the words before the one that is being typed */
  complete?(args: readonly string[], ports: CommandPorts): Promise<readonly Choice[]> | readonly Choice[]
}

/** Arguments that a command does not take; the message is a sentence, and is shown with the command's usage. */
export class UsageProblem extends Error {}

export function done(...lines: readonly string[]): AccessResult {
  return { ok: true, text: lines.join('\n') }
}

/** The one argument of a command. @throws UsageProblem */
export function onlyWord(args: readonly string[], problem: string): string {
  const [word, ...more] = args
  if (word === undefined || word === '' || more.length > 0) throw new UsageProblem(problem)
  return word
}

/** One of a few words. @throws UsageProblem */
export function oneWordOf<Word extends string>(args: readonly string[], words: readonly Word[], problem: string): Word {
  const [given, ...more] = args
  const found = words.find((word) => word === given)
  if (found === undefined || more.length > 0) throw new UsageProblem(problem)
  return found
}

/** The id first: a name is the sender's to choose, and may look like somebody else's id. */
export function describePerson({
  sender,
  name,
}: {
  readonly sender: string
  readonly name?: string | undefined
}): string {
  return name === undefined ? showPlainly(sender) : `${showPlainly(sender)} (${showPlainly(name)})`
}

export function showIds(ids: readonly string[], most = 20): string {
  const shown = ids.slice(0, most).map(showPlainly).join(', ')
  return ids.length > most ? `${shown} and ${ids.length - most} more` : shown
}
