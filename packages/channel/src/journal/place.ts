/** Notices a journal that is deleted or moved while it is open: what is written then goes to a file that nobody finds again. */
import { statSync } from 'node:fs'

export const GONE = 'it was deleted or moved while it was open'
const gone = new Error(GONE)

export function isGone(thrown: unknown): boolean {
  return thrown === gone
}

/** @returns what throws once another file, or none, is at the path; it costs a few microseconds */
export function watchPlace(file: string): () => void {
  const { dev, ino } = statSync(file)
  return () => {
    const now = statSync(file, { throwIfNoEntry: false })
    if (now?.ino !== ino || now.dev !== dev) throw gone
  }
}
