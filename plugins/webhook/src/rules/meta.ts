/** Attributes that a source adds to its events: a path into the delivery, or a template. */
import { describe, inside, type Place, readObject, readText, refuse } from '../sources/fields.ts'
import { PATH_RULE, parsePath, type View } from './path.ts'
import { isTemplate, type Template } from './template.ts'

export interface MetaMapping {
  readonly key: string
  /** Undefined where the delivery has nothing there. */
  read(view: View): string | undefined
}

/** A text that is a template, before the engine is there to parse it. */
export type ParseTemplate = (text: string, place: Place) => Template

/** The longest attribute, in UTF-16 units; a longer one is cut and ends in `…`. */
export const VALUE_UNITS = 1000
const MOST_KEYS = 20
const KEY = /^[A-Za-z0-9_]{1,64}$/
/** What the channel and the host write themselves; a delivery must not be able to say it. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['source', 'path', 'method', 'name', 'event', 'verified', 'folded'],
  ...['redelivered', 'event_id', 'for_session'],
])

/** @throws BackchannelError `settings-invalid` */
export function parseMeta(value: unknown, place: Place, parse: ParseTemplate): readonly MetaMapping[] {
  const fields = readObject(value, place, 'an object of attributes')
  const keys = Object.keys(fields)
  if (keys.length > MOST_KEYS) refuse(place, `at most ${MOST_KEYS} attributes`, String(keys.length))
  return keys.map((key) => {
    const at = inside(place, key)
    if (!KEY.test(key)) refuse(at, 'a name of 1 to 64 letters, digits and "_"', describe(key))
    if (RESERVED.has(key.toLowerCase())) refuse(at, 'a name that the channel does not use itself', describe(key))
    return { key, read: readMapping(fields[key], at, parse) }
  })
}

function readMapping(value: unknown, place: Place, parse: ParseTemplate): MetaMapping['read'] {
  const text = readText(value, place, { expected: `${PATH_RULE}, or a template with {{ }}`, most: 2000 })
  if (isTemplate(text)) {
    const template = parse(text, place)
    return (view) => limit(template.render(view).trim())
  }
  const path = parsePath(text) ?? refuse(place, `${PATH_RULE}, or a template with {{ }}`, describe(text))
  return (view) => {
    const found = path.read(view)
    if (found === undefined || found === null) return undefined
    return limit(typeof found === 'object' ? JSON.stringify(found) : String(found))
  }
}

/** Cut between characters, never inside one. */
export function limit(text: string, most: number = VALUE_UNITS): string | undefined {
  if (text === '') return undefined
  if (text.length <= most) return text
  return `${text.slice(0, most).replace(/[\ud800-\udbff]$/, '')}…`
}
