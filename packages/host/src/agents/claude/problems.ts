/** Why Claude cannot be the agent here, or has gone. */
import { BackchannelError } from '@backchannel/protocol'
import { OLDEST } from './version.ts'

export function tooOld(version: string): BackchannelError {
  return unavailable(
    `Claude Code ${version} is too old: it would read every file that a message names with "@", and run commands of it.`,
    `Update it to ${OLDEST} or newer: claude update.`,
  )
}

export function unavailable(
  message: string,
  hint = 'Run "claude" by hand to see what is wrong, or take --agent demo.',
): BackchannelError {
  return new BackchannelError('agent-unavailable', message, { hint })
}

/** @param how in words: `was killed by SIGKILL` */
export function lost(how: string): BackchannelError {
  return new BackchannelError('agent-lost', `The process of Claude Code ${how}.`)
}
