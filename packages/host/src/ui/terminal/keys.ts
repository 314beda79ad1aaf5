/** What a key means at the prompt: the terminal's sequences, already told apart by ink, become named actions. */
import type { Key } from 'ink'
import { cleanInput } from './draft.ts'

export type PromptAction =
  | { readonly type: 'insert'; readonly text: string }
  | {
      readonly type:
        | 'submit'
        | 'newline'
        | 'left'
        | 'right'
        | 'word-left'
        | 'word-right'
        | 'line-start'
        | 'line-end'
        | 'up'
        | 'down'
        | 'delete-left'
        | 'delete-right'
        | 'delete-word-left'
        | 'delete-word-right'
        | 'delete-to-start'
        | 'delete-to-end'
        | 'complete'
        | 'dismiss'
        | 'clear'
        | 'interrupt'
        | 'end-of-input'
    }

type Plain = Exclude<PromptAction['type'], 'insert'>

const CTRL: Readonly<Record<string, Plain>> = {
  a: 'line-start',
  b: 'left',
  c: 'interrupt',
  d: 'end-of-input',
  e: 'line-end',
  f: 'right',
  k: 'delete-to-end',
  n: 'down',
  p: 'up',
  u: 'delete-to-start',
  w: 'delete-word-left',
}
const META: Readonly<Record<string, Plain>> = { b: 'word-left', d: 'delete-word-right', f: 'word-right' }

/** One chunk of input as actions. A chunk may hold several keys where the terminal, or a script, is fast. */
export function parseKey(input: string, key: Key): readonly PromptAction[] {
  if (key.eventType === 'release') return []
  const named = namedKey(key)
  if (named) return [{ type: named }]
  if (key.ctrl) return known(CTRL[input])
  if (key.meta) return known(META[input.toLowerCase()])
  return parseText(input)
}

/** A paste: never submits, whatever it holds. */
export function parsePaste(text: string): readonly PromptAction[] {
  const clean = cleanInput(text)
  return clean === '' ? [] : [{ type: 'insert', text: clean }]
}

function namedKey(key: Key): Plain | undefined {
  const word = key.ctrl || key.meta
  if (key.return) return key.meta || key.shift ? 'newline' : 'submit'
  if (key.backspace) return word ? 'delete-word-left' : 'delete-left'
  if (key.delete) return word ? 'delete-word-right' : 'delete-right'
  if (key.leftArrow) return word ? 'word-left' : 'left'
  if (key.rightArrow) return word ? 'word-right' : 'right'
  if (key.upArrow) return 'up'
  if (key.downArrow) return 'down'
  if (key.home) return 'line-start'
  if (key.end) return 'line-end'
  if (key.tab) return 'complete'
  return key.escape ? 'dismiss' : undefined
}

/**
 * Characters without a name of their own. A newline at the end of a chunk is the Enter key of a fast typist; one further
 * in comes from a paste that the terminal did not mark as such, and submits nothing.
 */
function parseText(input: string): readonly PromptAction[] {
  if (input === '\n') return [{ type: 'newline' }]
  if (/[\r\n]./s.test(input)) return parsePaste(input)
  const actions: PromptAction[] = []
  for (const part of input.split(/([\x00-\x1f])/)) {
    if (part === '\r' || part === '\n') actions.push({ type: 'submit' })
    else if (part === '\t') actions.push({ type: 'complete' })
    else if (/^[\x01-\x1a]$/.test(part)) actions.push(...known(CTRL[String.fromCharCode(part.charCodeAt(0) + 96)]))
    else actions.push(...parsePaste(part))
  }
  return actions
}

function known(type: Plain | undefined): readonly PromptAction[] {
  return type === undefined ? [] : [{ type }]
}
