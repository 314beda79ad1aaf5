/** A slash command of the operator: `/help`, `/status`, `/channels`, `/approvals`, `/mcp`, `/exit`. */

import type { ControlAction } from '@backchannel/protocol'
import type { ChannelSet } from '../channels/channel-set.ts'
import type { Broker } from '../permissions/broker.ts'

export interface CommandContext {
  readonly channels: ChannelSet
  /** Every command, for `/help`. */
  readonly commands: readonly Command[]
  readonly waiting: (source: string) => number
  /** What is asked now, and what was allowed for the rest of the session. */
  readonly approvals: Pick<Broker, 'list' | 'allowances'>
  /** Given with the command, beside its text. */
  readonly secret?: string | undefined
  /** Asks for a secret without showing it; `undefined` where the operator gives none. Absent where nobody can be asked. */
  readonly askSecret?: ((question: string) => Promise<string | undefined>) | undefined
  /** What may be done to the session itself; `told` gets what happened, more than once where it takes a while. */
  control(action: ControlAction, told: (answer: ControlAnswer) => void): Promise<void>
  /** Something is said while a command still runs. */
  say(text: string): void
  end(reason: string): void
  /** Absent where the session's plugins are fixed. */
  readonly reload?: () => Promise<Answer>
  /** Runs `/plugin` with these arguments. */
  readonly plugin?: (args: readonly string[]) => Promise<Answer>
}

/** What a command says; `ok` false for one that could not be done. */
export interface Answer {
  readonly ok: boolean
  readonly text: string
}

export interface ControlAnswer extends Answer {
  /** Another answer follows. */
  readonly pending?: true
}

export interface Command {
  /** With its slash. */
  readonly name: string
  /** Arguments as help shows them; empty for none. */
  readonly usage: string
  readonly summary: string
  /** @returns what to show; never rejects */
  run(args: readonly string[], context: CommandContext): string | Answer | Promise<Answer>
}
