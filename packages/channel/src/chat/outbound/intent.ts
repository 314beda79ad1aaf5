/** A message that is about to be sent, as it is kept: written before the platform is called, so that a crash is noticed. */
import { isRecord } from '@backchannel/protocol'
import type { Entity, RichText } from '../platform/rich-text.ts'

/** The kind of its task. */
export const SEND = 'send'

export interface Part {
  readonly text: RichText
  /** Absolute paths. */
  readonly files: readonly string[]
  readonly replyTo?: string
}

export interface Intent {
  readonly chatId: string
  readonly threadId?: string
  readonly parts: readonly Part[]
  /** Parts before it were sent; this one may have been. */
  readonly next: number
  readonly ids: readonly string[]
  /** It was taken up again once: that is not done a second time. */
  readonly resumed: boolean
}

/** What a journal holds was written by a version of ours, and its file may have been damaged. */
export function readIntent(payload: unknown): Intent | undefined {
  if (!isRecord(payload)) return undefined
  const { chatId, threadId, parts, next, ids, resumed } = payload
  if (typeof chatId !== 'string' || !Array.isArray(parts) || !Array.isArray(ids)) return undefined
  if (!Number.isSafeInteger(next) || !parts.every(isPart)) return undefined
  return {
    chatId,
    ...(typeof threadId === 'string' ? { threadId } : {}),
    parts,
    next: next as number,
    ids: ids.map(String),
    resumed: resumed === true,
  }
}

function isPart(value: unknown): value is Part {
  if (!isRecord(value)) return false
  const { text, files, replyTo } = value
  if (!isRecord(text) || typeof text['text'] !== 'string' || !Array.isArray(text['entities'])) return false
  if (replyTo !== undefined && typeof replyTo !== 'string') return false
  return (
    (text['entities'] as Entity[]).every(isRecord) &&
    Array.isArray(files) &&
    files.every((file) => typeof file === 'string')
  )
}

export const REPEAT_LABEL = '(may be a repeat)'

/** The label is part of the text where it fits; else it goes before as a message of its own. */
export function labelled(text: RichText, limit: number): readonly RichText[] {
  const label = text.text === '' ? REPEAT_LABEL : `\n\n${REPEAT_LABEL}`
  if (text.text.length + label.length <= limit) return [{ ...text, text: text.text + label }]
  return [{ text: REPEAT_LABEL, entities: [] }, text]
}
