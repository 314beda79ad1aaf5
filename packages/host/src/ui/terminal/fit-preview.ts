/** What would run, as rows of the permission dialog: all of it, or its start and its end. */
import { sanitizeText } from '../sanitize.ts'
import { wrapWords } from './wrap.ts'

export interface PreviewRow {
  readonly key: number
  readonly text: string
  readonly isCut: boolean
}

/** All of it where it fits; else its start and its end, since what matters of a command may stand at its end. */
export function fitPreview(text: string, columns: number, rows: number, ellipsis: string): readonly PreviewRow[] {
  const all = sanitizeText(text)
    .split('\n')
    .flatMap((part) => wrapWords(part, columns - 2))
    .map((row, key) => ({ key, text: row, isCut: false }))
  if (all.length <= rows) return all
  const tail = Math.ceil((rows - 1) / 2)
  const head = rows - 1 - tail
  const left = all.length - head - tail
  const cut = {
    key: -1,
    text: `${ellipsis} ${left} rows more; enlarge the window to read them ${ellipsis}`,
    isCut: true,
  }
  return [...all.slice(0, head), cut, ...all.slice(-tail)]
}
