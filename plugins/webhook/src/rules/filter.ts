/** Which deliveries of a source become events: small rules over headers and body, joined by and, or, not. */

import { createPattern, type Pattern, PatternError } from '@backchannel/channel/pattern'
import { describe, inside, type Place, readFields, readFlag, readList, readText, refuse } from '../sources/fields.ts'
import { PATH_RULE, type Path, parsePath, type View } from './path.ts'

export type Filter = (view: View) => boolean

const KEYS = ['and', 'or', 'not', 'path', 'equals', 'in', 'exists', 'matches'] as const
const TESTS = ['equals', 'in', 'exists', 'matches'] as const
const MOST_DEPTH = 20
const MOST_RULES = 100

/**
 * One of `{and: […]}`, `{or: […]}`, `{not: …}`, or a `path` with one of `equals`, `in`, `exists`, `matches`.
 * @throws BackchannelError `settings-invalid`
 */
export function parseFilter(value: unknown, place: Place, depth = 0): Filter {
  if (depth > MOST_DEPTH) return refuse(place, `rules nested at most ${MOST_DEPTH} deep`, 'a deeper one')
  const fields = readFields(value, place, KEYS)
  const given = Object.keys(fields)
  const [kind] = given
  if (given.length === 1 && (kind === 'and' || kind === 'or')) {
    const at = inside(place, kind)
    const rules = readList(fields[kind], at, 1, MOST_RULES).map((rule, index) =>
      parseFilter(rule, inside(at, index), depth + 1),
    )
    return kind === 'and' ? (view) => rules.every((rule) => rule(view)) : (view) => rules.some((rule) => rule(view))
  }
  if (given.length === 1 && kind === 'not') {
    const rule = parseFilter(fields['not'], inside(place, 'not'), depth + 1)
    return (view) => !rule(view)
  }
  const tests = TESTS.filter((test) => test in fields)
  const [test] = tests
  if (!('path' in fields) || test === undefined || given.length !== 2) {
    return refuse(
      place,
      'and, or, not, or a path with one of equals, in, exists, matches',
      given.join(', ') || 'nothing',
    )
  }
  const path = readPath(fields['path'], inside(place, 'path'))
  return parseTest(test, fields[test], path, inside(place, test))
}

export function readPath(value: unknown, place: Place): Path {
  return (typeof value === 'string' ? parsePath(value) : undefined) ?? refuse(place, PATH_RULE, describe(value))
}

function parseTest(test: (typeof TESTS)[number], value: unknown, path: Path, place: Place): Filter {
  switch (test) {
    case 'equals': {
      const expected = readScalar(value, place)
      return (view) => path.read(view) === expected
    }
    case 'in': {
      const expected = readList(value, place, 1, MOST_RULES).map((one, index) => readScalar(one, inside(place, index)))
      return (view) => expected.includes(path.read(view) as Scalar)
    }
    case 'exists': {
      const expected = readFlag(value, place)
      return (view) => (path.read(view) !== undefined) === expected
    }
    case 'matches': {
      const pattern = readPattern(value, place)
      return (view) => {
        const found = path.read(view)
        return isScalar(found) && found !== null && pattern.test(String(found))
      }
    }
  }
}

type Scalar = string | number | boolean | null

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

function readScalar(value: unknown, place: Place): Scalar {
  return isScalar(value) ? value : refuse(place, 'a text, a number, true, false or null', describe(value))
}

function readPattern(value: unknown, place: Place): Pattern {
  const text = readText(value, place, { expected: 'a pattern of 1 to 200 characters', most: 200 })
  try {
    return createPattern(text)
  } catch (thrown) {
    if (!(thrown instanceof PatternError)) throw thrown
    return refuse(place, 'a pattern', `${describe(text)}, but ${thrown.message}`)
  }
}
