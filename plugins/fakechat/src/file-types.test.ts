/** Names of files: what lands in paths, what is shown, what a browser may show. */
import { expect, test } from 'vitest'
import { displayName, isInline, renderSize, safeExtension, typeOf } from './file-types.ts'

test.each([
  ['photo.PNG', '.png'],
  ['archive.tar.gz', '.gz'],
  ['a.t<x>t', '.bin'],
  ['a.txt\n', '.bin'],
  ['a.', '.bin'],
  ['a', '.bin'],
  ['', '.bin'],
  ['a.averylongextension', '.bin'],
  ['a.txt/..', '.bin'],
  ['a.日本', '.bin'],
])('the extension of %j is stored as %s', (name, expected) => {
  expect(safeExtension(name)).toBe(expected)
})

test.each([
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\ada\\notes.txt', 'notes.txt'],
  ['two\r\nlines\t.txt', 'twolines.txt'],
  ['evil\u202Egnp.exe', 'evilgnp.exe'],
  ['\u0000', 'file'],
  ['', 'file'],
  [`${'a'.repeat(300)}.txt`, `${'a'.repeat(120)}…${'a'.repeat(35)}.txt`],
])('%j is shown as %j', (name, expected) => {
  expect(displayName(name)).toBe(expected)
})

test('scripts and drawings are never shown as documents', () => {
  for (const name of ['a.svg', 'a.html', 'a.htm', 'a.xhtml', 'a.xml', 'a.js', 'a.mjs', 'a.pdf.svg', 'a']) {
    expect(isInline(name), name).toBe(false)
  }
  expect([typeOf('a.html'), typeOf('a.svg')]).toEqual(['application/octet-stream', 'image/svg+xml'])
})

test.each([
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [1536, '1.5 KB'],
  [50 * 1024 * 1024, '50 MB'],
])('%i is %s', (bytes, expected) => {
  expect(renderSize(bytes)).toBe(expected)
})
