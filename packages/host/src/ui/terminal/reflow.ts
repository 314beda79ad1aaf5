/**
 * What a narrower terminal does to the frame on the screen: rows as wide as the old width wrap, and the cursor moves
 * down with them. Ink erases the frame from the cursor's row upwards by the old row count, which would leave the top
 * of the old frame behind; so the cursor is first put where ink believes it to be.
 */
import type { WriteStream } from 'node:tty'

/** Kept up to date by the app at every render. */
export interface FrameRecord {
  /** Rows above the cursor's that are as wide as the terminal. */
  fullRowsAbove: number
  cursorColumn: number
}

/** Must be called after ink has mounted; runs before ink's own listener. @returns what ends it */
export function repairOnResize(stdout: WriteStream, frame: FrameRecord, env: NodeJS.ProcessEnv): () => void {
  let columns = stdout.columns
  const repair = () => {
    const before = columns
    columns = stdout.columns
    if (columns >= before || columns <= 0 || !reflows(env)) return
    const wrapped = frame.fullRowsAbove * (Math.ceil(before / columns) - 1) + Math.floor(frame.cursorColumn / columns)
    if (wrapped > 0) stdout.write(`\u001b[${wrapped}A`)
  }
  stdout.prependListener('resize', repair)
  return () => stdout.off('resize', repair)
}

/** Nearly every terminal wraps what is on the screen anew; these cut it. */
function reflows(env: NodeJS.ProcessEnv): boolean {
  if (env['TMUX']) return true
  return !env['XTERM_VERSION'] && !env['STY'] && !/^(linux|rxvt)/.test(env['TERM'] ?? '')
}
