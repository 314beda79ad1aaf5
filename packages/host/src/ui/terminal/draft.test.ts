/** Editing by characters as people see them. */
import { describe, expect, test } from 'vitest'
import * as edit from './draft.ts'

/** `|` is the cursor. */
function draft(text: string): edit.Draft {
  const cursor = text.indexOf('|')
  return { text: text.replace('|', ''), cursor }
}

function shown({ text, cursor }: edit.Draft): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`
}

describe('moving and deleting', () => {
  test.each([
    ['moveLeft', edit.moveLeft, 'ab|c', 'a|bc'],
    ['moveLeft', edit.moveLeft, '|abc', '|abc'],
    ['moveLeft', edit.moveLeft, 'a👩‍👩‍👧|c', 'a|👩‍👩‍👧c'],
    ['moveRight', edit.moveRight, 'a|e\u0301b', 'ae\u0301|b'],
    ['moveRight', edit.moveRight, 'abc|', 'abc|'],
    ['moveWordLeft', edit.moveWordLeft, 'one two  |', 'one |two  '],
    ['moveWordRight', edit.moveWordRight, 'one| two', 'one two|'],
    ['moveLineStart', edit.moveLineStart, 'one\ntw|o', 'one\n|two'],
    ['moveLineEnd', edit.moveLineEnd, 'o|ne\ntwo', 'one|\ntwo'],
    ['deleteLeft', edit.deleteLeft, 'a👍🏽|b', 'a|b'],
    ['deleteRight', edit.deleteRight, 'a|👍🏽b', 'a|b'],
    ['deleteWordLeft', edit.deleteWordLeft, 'one two|', 'one |'],
    ['deleteWordRight', edit.deleteWordRight, '|one two', '| two'],
    ['deleteToLineStart', edit.deleteToLineStart, 'one\ntwo|', 'one\n|'],
    ['deleteToLineStart', edit.deleteToLineStart, 'one\n|two', 'one|two'],
    ['deleteToLineEnd', edit.deleteToLineEnd, 'o|ne\ntwo', 'o|\ntwo'],
    ['deleteToLineEnd', edit.deleteToLineEnd, 'one|\ntwo', 'one|two'],
  ])('%s: %j becomes %j', (_name, operation, before, after) => {
    expect(shown(operation(draft(before)))).toBe(after)
  })
})

describe('inserting', () => {
  test('puts the cursor behind what was added', () => {
    expect(edit.insertText(draft('a|c'), 'b')).toEqual({ text: 'abc', cursor: 2 })
  })

  test('never leaves the cursor inside a character that has formed', () => {
    expect(edit.insertText(draft('|\u0301x'), 'e')).toEqual({ text: 'e\u0301x', cursor: 2 })
  })

  test('refuses what would become too long', () => {
    expect(edit.insertText(draft('|a'), 'x'.repeat(edit.LONGEST_DRAFT))).toBeUndefined()
  })

  test('keeps lines and tabs, and nothing that drives a terminal', () => {
    expect(edit.cleanInput('a\r\nb\rc\td\u001b[31me\u0007\u202e\u0000')).toBe('a\nb\nc\tde')
  })
})

test('a word jump never lands inside a character: a mark may combine with the space before it', () => {
  const marked = { text: 'a \u0301b', cursor: 4 }
  expect(edit.moveWordLeft(marked).cursor).toBe(1)
  expect(edit.moveWordRight({ ...marked, cursor: 1 }).cursor).toBe(4)
})

test('a deletion never leaves the cursor inside a character that it has formed', () => {
  expect(edit.deleteLeft({ text: 'a\n\u0301b', cursor: 2 })).toEqual({ text: 'a\u0301b', cursor: 2 })
})
