/** Why a command could not be started, in words: the system's code alone does not say whether program or folder is missing. */
import { statSync } from 'node:fs'
import { BackchannelError, isRecord, toError } from '@backchannel/protocol'
import type { ServerCommand } from './process.ts'

/** @returns BackchannelError `spawn-failed` */
export function explainSpawn(thrown: unknown, { command, cwd }: ServerCommand): BackchannelError {
  const [why, hint] = reason(thrown, command, cwd)
  return new BackchannelError('spawn-failed', `Starting "${command}" in ${cwd} failed: ${why}.`, {
    hint,
    cause: thrown,
  })
}

function reason(thrown: unknown, command: string, cwd: string): [why: string, hint: string] {
  if (!isFolder(cwd)) return ['that folder does not exist', 'Check "cwd" in the file that names the server.']
  switch (isRecord(thrown) ? thrown['code'] : undefined) {
    case 'ENOENT':
      return command.includes('/')
        ? ['there is no such program', 'Check the path; a relative one counts from that folder.']
        : ['there is no such program on PATH', 'Install it, or give its full path as "command".']
    case 'EACCES':
      return ['it may not be executed', 'Make the file executable (chmod +x), or start it through its interpreter.']
    case 'E2BIG':
      return ['its arguments and environment are too long', 'Shorten "args" and "env".']
    default:
      return [toError(thrown).message, 'Run the command by hand to see more.']
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
