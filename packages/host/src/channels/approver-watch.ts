/**
 * Whether a channel's new process has the approvers that the one before had. The list is read when a process starts, so a
 * script could write itself into it and end the process: what it gets by that is a process whose verdicts don't count.
 */
import type { AccessResult } from '@backchannel/protocol'

export interface ApproverWatch {
  /** True for a channel that came when the agent was at work already. */
  readonly late: boolean
  /** At the start of a process. @returns whether its verdicts may count; at once for a first one, whose word is taken */
  check(ask: () => Promise<AccessResult>): boolean | Promise<boolean>
  /** The operator's word was done; by it the list may be another one. */
  said(result: AccessResult): void
  /** The operator starts the channel again: what was told of a changed list is accepted, and nothing else. */
  accept(): void
}

/** @param late not even a first process is taken at its word: a script may have prepared the list for it. Default false */
export function createApproverWatch(late = false): ApproverWatch {
  let known: string | undefined
  let told: string | undefined
  return {
    late,
    check(ask) {
      told = undefined
      if (known === undefined && !late) {
        void ask().then(({ approvers }) => {
          known ??= approvers
        })
        return true
      }
      return ask().then(({ ok, approvers }) => {
        // One that has no such list is not watched.
        if (approvers === known && (ok || known !== undefined)) return true
        told = approvers
        return false
      })
    },
    said({ approvers }) {
      // The word of a list that is not trusted changes nothing: it has to be accepted first.
      if (told === undefined && approvers !== undefined) known = approvers
    },
    accept() {
      known = told ?? known
    },
  }
}
