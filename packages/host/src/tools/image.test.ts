/** Pictures by their bytes, cut short too. */
import { expect, test } from 'vitest'
import { describeImage } from './image.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAYAAAC56t6BAAAAEUlEQVR4nGP8z8DwnwEJMCJzAD3hAwHJCGQhAAAAAElFTkSuQmCC',
  'base64',
)
const GIF = Buffer.from('R0lGODlhBAAFAIAAAAAAAP///yH5BAAAAAAALAAAAAAEAAUAAAIChF8AOw==', 'base64')
const JPEG = Buffer.from('ffd8ffe000104a46494600010100000100010000ffc0001108000700060301220002110103110', 'hex')

test.each([
  [PNG, 'PNG picture, 2×3'],
  [GIF, 'GIF picture, 4×5'],
  [JPEG, 'JPEG picture, 6×7'],
  [Buffer.from('RIFF\0\0\0\0WEBPVP8 '), 'WebP picture'],
  [Buffer.from('plain text'), undefined],
  [Buffer.alloc(0), undefined],
])('%#: %s', (bytes, expected) => {
  expect(describeImage(bytes)).toBe(expected)
})

test('what is cut short has no size, and nothing throws', () => {
  for (const whole of [PNG, GIF, JPEG]) {
    for (let length = 0; length < whole.length; length += 1) describeImage(whole.subarray(0, length))
  }
  expect(describeImage(PNG.subarray(0, 20))).toBe('PNG picture')
})
