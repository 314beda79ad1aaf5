/**
 * What an approver sees of a tool call (contract 5): the arguments as JSON-shaped text in which nothing can be reordered,
 * hidden or forged. The text is a JSON object that means what the arguments mean, but for runs of white space, masked
 * credentials and what is left out of the middle of a long value.
 */
import { maskTokens } from '../text/credentials.ts'
import { ELISION_MARK, renderVisible, splitUnits } from './visible-text.ts'

export type PreviewForm = 'full' | 'short'

/** Code points of a top-level field that are shown whole; a longer one as its start and its end. */
export const FIELD_CODE_POINTS = 3_500
/** UTF-16 units of the short form, as in the brief. */
export const SHORT_UNITS = 200
/** Code points of a key; and fields, past which only the last is shown. */
const KEY_CODE_POINTS = 200
const MOST_FIELDS = 100
const UNSERIALIZABLE = '(value unserializable)'

/**
 * Never throws, whatever the arguments hold.
 * @param form `short` cuts to 200 UTF-16 units; the end stays in sight, since what matters of a command may stand there
 */
export function renderPreview(input: unknown, form: PreviewForm = 'full'): string {
  const whole = renderFields(input)
  return form === 'full' ? whole : shorten(whole)
}

function renderFields(input: unknown): string {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return renderValue(input)
  let keys: readonly string[]
  try {
    keys = Object.keys(input)
  } catch {
    return UNSERIALIZABLE
  }
  const shown = keys.length <= MOST_FIELDS ? keys : [...keys.slice(0, MOST_FIELDS - 1), ...keys.slice(-1)]
  const fields = shown.map((key) => `${renderText(JSON.stringify(key), KEY_CODE_POINTS)}:${renderField(input, key)}`)
  if (shown.length < keys.length)
    fields.splice(-1, 0, `${ELISION_MARK} ${keys.length - shown.length} fields elided ${ELISION_MARK}`)
  return `{${fields.join(',')}}`
}

function renderField(input: object, key: string): string {
  try {
    return renderValue((input as Record<string, unknown>)[key])
  } catch {
    return UNSERIALIZABLE
  }
}

function renderValue(value: unknown): string {
  let json: string | undefined
  try {
    json = JSON.stringify(value)
  } catch {
    // Cyclic, too deep, or of a kind that JSON does not have.
  }
  return json === undefined ? UNSERIALIZABLE : renderText(json, FIELD_CODE_POINTS)
}

/** @param json text of JSON, of which every part is shown as it is, as an escape, or counted as left out */
function renderText(json: string, most: number): string {
  const shown = maskTokens(renderVisible(json))
  const units = shown.length <= most ? [] : splitUnits(shown)
  if (units.length <= most) return shown
  const half = Math.floor(most / 2)
  const left = units.length - 2 * half
  const count = `${ELISION_MARK} ${left} code points elided ${ELISION_MARK}`
  return `${units.slice(0, half).join('')} ${count} ${units.slice(-half).join('')}`
}

function shorten(text: string): string {
  if (text.length <= SHORT_UNITS) return text
  const units = splitUnits(text)
  const half = Math.floor((SHORT_UNITS - 1) / 2)
  return `${takeUnits(units, half)}…${takeUnits(units.toReversed(), half, true)}`
}

/** As many whole units as fit. */
function takeUnits(units: readonly string[], room: number, reversed = false): string {
  const taken: string[] = []
  let used = 0
  for (const unit of units) {
    used += unit.length
    if (used > room) break
    taken.push(unit)
  }
  return (reversed ? taken.reverse() : taken).join('')
}
