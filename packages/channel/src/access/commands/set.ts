/** `set`: how the channel answers. */

import { createPattern, PatternError } from '../../pattern/pattern.ts'
import { showPlainly } from '../../relay/show.ts'
import { CHUNK_MODES, REPLY_TO_MODES, renderAccess } from '../access-file.ts'
import { type AccessCommand, done, UsageProblem } from './command.ts'

export type AccessKey = 'ackReaction' | 'replyToMode' | 'textChunkLimit' | 'chunkMode' | 'mentionPatterns'

interface Key {
  readonly takes: string
  readonly values?: readonly string[]
  /** @throws UsageProblem */
  parse(text: string): unknown
}

const KEYS: Readonly<Record<AccessKey, Key>> = {
  ackReaction: { takes: 'an emoji that marks a message as received', parse: parseReaction },
  replyToMode: { takes: REPLY_TO_MODES.join(', '), values: REPLY_TO_MODES, parse: pick(REPLY_TO_MODES) },
  textChunkLimit: { takes: 'a number of characters', parse: parseLimit },
  chunkMode: { takes: CHUNK_MODES.join(', '), values: CHUNK_MODES, parse: pick(CHUNK_MODES) },
  mentionPatterns: { takes: 'a JSON list of patterns, such as ["^hey claude\\\\b"]', parse: parsePatterns },
}
const EVERY_KEY = Object.keys(KEYS) as readonly AccessKey[]
/** In place of a value. */
const DEFAULT = 'default'

export const setCommand: AccessCommand = {
  name: 'set',
  usage: 'KEY VALUE',
  summary: `how it answers: ${EVERY_KEY.join(', ')}`,
  example: 'replyToMode all',
  complete([key], { keys = EVERY_KEY }) {
    if (key === undefined) return keys.map((value) => ({ value, summary: KEYS[value].takes }))
    const known = keys.find((one) => one === key)
    const values = known === undefined ? [] : [...(KEYS[known].values ?? []), DEFAULT]
    return values.map((value) => ({ value, summary: '' }))
  },
  async run([given, ...words], { store, keys = EVERY_KEY }) {
    const key = keys.find((one) => one === given)
    if (key === undefined) throw new UsageProblem(`set takes one of ${keys.join(', ')}.`)
    const text = words.join(' ').trim()
    if (text === '') throw new UsageProblem(`set ${key} takes ${KEYS[key].takes}, or ${DEFAULT}.`)
    const value = text === DEFAULT ? undefined : KEYS[key].parse(text)
    await store.change((access) => renderAccess(access, { set: { [key]: value } }))
    return done(value === undefined ? `${key} is as the channel comes.` : `${key} is ${showPlainly(text)}.`)
  },
}

function pick(values: readonly string[]): (text: string) => string {
  return (text) => {
    if (values.includes(text)) return text
    throw new UsageProblem(`"${showPlainly(text)}" is none of ${values.join(', ')}.`)
  }
}

function parseReaction(text: string): string {
  if ([...new Intl.Segmenter().segment(text)].length === 1) return text
  throw new UsageProblem('ackReaction takes one emoji.')
}

function parseLimit(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new UsageProblem('textChunkLimit takes a whole number from 1 on.')
}

function parsePatterns(text: string): readonly string[] {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    throw new UsageProblem(`mentionPatterns takes ${KEYS.mentionPatterns.takes}.`)
  }
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string'))
    throw new UsageProblem(`mentionPatterns takes ${KEYS.mentionPatterns.takes}.`)
  for (const item of list) {
    try {
      createPattern(item, { ignoreCase: true })
    } catch (thrown) {
      if (thrown instanceof PatternError)
        throw new UsageProblem(`"${showPlainly(item)}" is a pattern, but ${thrown.message}.`)
      throw thrown
    }
  }
  return list
}
