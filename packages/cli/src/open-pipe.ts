/**
 * A pipe as the session's input. On Linux every program of the same user can open a pipe of a process by its path in /proc and
 * write into it; a socket, as Node gives its children, or a terminal can't be written into like that.
 */
import { fstatSync } from 'node:fs'

export const OPEN_PIPE_WARNING =
  'The input of this session is a pipe, and every program of yours, also one that the agent runs, can write answers into it. Give the session a socket or a terminal; see docs/approvers.md.'

/** @param fd the file descriptor of the input */
export function isOpenPipe(fd: number = 0, platform: NodeJS.Platform = process.platform): boolean {
  try {
    return platform === 'linux' && fstatSync(fd).isFIFO()
  } catch {
    return false
  }
}
