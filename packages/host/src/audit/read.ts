/** What `backchannel audit list` shows: the decisions of all sessions, or of one, in the order of their files. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode } from '../json/read.ts'
import { fileName, readFolder, readOpening } from './folder.ts'
import { type Line, parseLine } from './line.ts'

export interface ReadDecisionsOptions {
  /** The newest so many. */
  readonly last: number
  /** A session's id, or the start of it. */
  readonly session?: string | undefined
}

/** Reads from the newest file backwards; a line that cannot be read is passed over: `verifyTrail` tells those. */
export function readDecisions(folder: string, { last, session = '' }: ReadDecisionsOptions): readonly Line[] {
  let found: readonly Line[] = []
  for (const number of list(folder).toReversed()) {
    if (found.length >= last) break
    if (session !== '' && readOpening(folder, number)?.session.startsWith(session) === false) continue
    found = [...readFile(join(folder, fileName(number))), ...found]
  }
  return found.toSorted((one, other) => Date.parse(timeOf(one)) - Date.parse(timeOf(other)) || 0).slice(-last)
}

function list(folder: string): readonly number[] {
  try {
    return readFolder(folder).numbers
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return []
    throw thrown
  }
}

function readFile(file: string): readonly Line[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap((line) => {
    const parsed = line === '' ? undefined : parseLine(line)
    return parsed?.kind === 'decision' ? [parsed] : []
  })
}

function timeOf(line: Line): string {
  return String(line['at'])
}
