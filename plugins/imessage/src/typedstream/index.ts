/** The body of a message as the channel needs it: its text, who is named in it, its files and links. */
import { parseAttributedBody } from './attributed-body.ts'

export { type AttributedBody, type AttributedRun, type ParsedBody, parseAttributedBody } from './attributed-body.ts'

export interface MessageBody {
  readonly text: string
  /** Addresses of those who are mentioned, in order, each once. */
  readonly mentions: readonly string[]
  /** Guids of the files that stand in it, as the `attachment` table has them, in order. */
  readonly files: readonly string[]
  /** Where links lead, which can be more than their words say. */
  readonly links: readonly string[]
}

const MENTION = '__kIMMentionConfirmedMention'
const FILE = '__kIMFileTransferGUIDAttributeName'
const LINK = '__kIMLinkAttributeName'

/** Never throws. @returns undefined where there is no text to be had */
export function readAttributedBody(bytes: Uint8Array): MessageBody | undefined {
  const parsed = parseAttributedBody(bytes)
  if (!parsed.ok) return undefined
  const { text, runs } = parsed.body
  const all = (name: string): string[] => {
    const values = runs.map(({ attributes }) => attributes.get(name)).filter((value) => typeof value === 'string')
    return [...new Set(values)]
  }
  return { text, mentions: all(MENTION), files: all(FILE), links: all(LINK) }
}
