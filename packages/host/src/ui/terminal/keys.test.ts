/** What comes from the keyboard, as ink hands it over, and what it means. */
import type { Key } from 'ink'
import { expect, test } from 'vitest'
import { parseKey, parsePaste } from './keys.ts'

const NO_KEY: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
}

const parse = (input: string, key: Partial<Key> = {}) =>
  parseKey(input, { ...NO_KEY, ...key }).map((action) =>
    action.type === 'insert' ? { text: action.text } : action.type,
  )

test.each<[string, Partial<Key>, unknown[]]>([
  ['a', {}, [{ text: 'a' }]],
  ['漢', {}, [{ text: '漢' }]],
  ['\r', { return: true }, ['submit']],
  ['\r', { return: true, meta: true }, ['newline']],
  ['\n', {}, ['newline']],
  ['', { leftArrow: true }, ['left']],
  ['', { leftArrow: true, ctrl: true }, ['word-left']],
  ['', { rightArrow: true, meta: true }, ['word-right']],
  ['b', { meta: true }, ['word-left']],
  ['w', { ctrl: true }, ['delete-word-left']],
  ['', { backspace: true, meta: true }, ['delete-word-left']],
  ['c', { ctrl: true }, ['interrupt']],
  ['d', { ctrl: true }, ['end-of-input']],
  ['x', { ctrl: true }, []],
  ['a', { eventType: 'release' }, []],
  // Several keys at once, from a fast typist or a script.
  ['hello\r', {}, [{ text: 'hello' }, 'submit']],
  ['/he\t', {}, [{ text: '/he' }, 'complete']],
  ['\u0015new\r', {}, ['delete-to-start', { text: 'new' }, 'submit']],
  // A paste that the terminal did not mark.
  ['one\rtwo\r', {}, [{ text: 'one\ntwo\n' }]],
  ['\u0000\u001b[31m', {}, [{ text: '[31m' }]],
])('%j with %j', (input, key, actions) => {
  expect(parse(input, key)).toEqual(actions)
})

test('a paste never submits', () => {
  expect(parsePaste('one\r\ntwo\r\u001b[31m')).toEqual([{ type: 'insert', text: 'one\ntwo\n' }])
  expect(parsePaste('\u0007')).toEqual([])
})
