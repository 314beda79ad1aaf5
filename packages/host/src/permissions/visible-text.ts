/**
 * Text of JSON such that what one sees is what there is: whatever turns the reading direction, is invisible, looks like a
 * quote or a bracket without being one, or climbs over its neighbours stands there as its escape.
 */

/** What is never cut apart: an escape of JSON, or a code point. */
const UNIT = /\\u[0-9a-f]{4}|\\.|[\s\S]/gu

const SPACE = /^(?:\\[tnrf]|\\u000b|\s|\u0085)$/u
const BREAK = /^(?:\\[nrf]|\\u000b|[\u0085\u2028\u2029])$/u
/** How a run of white space with a line break in it is shown: a line break ends a command, a space does not. */
export const BREAK_MARK = '⏎'
/** Around a count of what is left out. */
export const ELISION_MARK = '⋯'

/** Controls, formats, surrogates, private and unassigned characters; those drawn as nothing; our own marks. */
const UNSEEN = /^(?:[\p{C}\p{Default_Ignorable_Code_Point}\u2800]|⏎|⋯)$/u
/** Shapes of quotes and angle brackets that are not the ASCII ones. */
const LOOK_ALIKE =
  /^[\p{Pi}\p{Pf}\u00b4\u02b9-\u02bd\u02c8\u02ca\u02cb\u02ee\u02f4\u0374\u0384\u055a\u055d\u05d9\u05f3\u05f4\u07f4\u07f5\u1fbd\u1fbf\u1fef\u1ffd\u1ffe\u2018-\u201f\u2032-\u2037\u2039\u203a\u2057\u2329\u232a\u226a\u226b\u22d6\u22d7\u275b-\u2760\u276c-\u2771\u27e8-\u27eb\u29fc\u29fd\u2cff\u3003\u3008-\u300b\u301d-\u301f\ua78b\ua78c\ufe10\ufe35-\ufe40\ufe64\ufe65\uff02\uff07\uff1c\uff1e\uff40\u{1cc00}]$/u
const MARK = /^\p{M}$/u
const CARRIES_MARKS = /^[\p{L}\p{M}\p{N}]$/u
/** More than these on one letter climb over what stands around it. */
const MARKS_ON_A_LETTER = 4
const LONGEST_LINE = 300

export function splitUnits(text: string): readonly string[] {
  return text.match(UNIT) ?? []
}

/** @param json what `JSON.stringify` wrote */
export function renderVisible(json: string): string {
  // Printable ASCII without runs of spaces needs no work, and is what most calls are.
  if (/^(?:[\x21-\x7e]| (?! ))*$/.test(json) && !/\\[tnrfu]|\[REDACTED\]/.test(json)) return json
  const shown: string[] = []
  let before = ''
  let marks = 0
  let space: 'none' | 'space' | 'break' = 'none'
  const flush = () => {
    if (space === 'space') shown.push(' ')
    if (space === 'break') shown.push(` ${BREAK_MARK} `)
    space = 'none'
  }
  for (const unit of splitUnits(json)) {
    if (SPACE.test(unit)) {
      if (BREAK.test(unit)) space = 'break'
      else if (space === 'none') space = 'space'
      before = ' '
      continue
    }
    flush()
    marks = MARK.test(unit) ? marks + 1 : 0
    const isStray = marks > 0 && (marks > MARKS_ON_A_LETTER || !CARRIES_MARKS.test(before))
    shown.push(isStray || UNSEEN.test(unit) || LOOK_ALIKE.test(unit) ? renderEscape(unit) : unit)
    before = unit
  }
  flush()
  return shown.join('').replaceAll('[REDACTED]', `${renderEscape('[')}REDACTED]`)
}

/** The same for one line of words, without the quotes of JSON. */
export function renderVisibleLine(text: string): string {
  const visible = renderVisible(JSON.stringify(text.slice(0, LONGEST_LINE).toWellFormed())).slice(1, -1)
  return visible.replaceAll('\\"', '"').replaceAll('\\\\', '\\').trim()
}

function renderEscape(unit: string): string {
  return Array.from({ length: unit.length }, (_, at) => `\\u${unit.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
    '',
  )
}
