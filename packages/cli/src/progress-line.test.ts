/** A progress line is for a person who looks, fits on the line, and leaves nothing behind. */
import { expect, test } from 'vitest'
import { createProgressLine } from './progress-line.ts'

function createOutput(isTTY: boolean, columns = 40) {
  const written: string[] = []
  const output = { isTTY, columns, write: (text: string) => written.push(text) > 0 } as unknown as NodeJS.WriteStream
  return { written, output }
}

test('one line, replaced, cut to the width, and taken away', () => {
  const { written, output } = createOutput(true)
  const line = createProgressLine(output)
  line.show('Fetching acme/plugins')
  line.show('Fetching acme/plugins')
  line.show('Fetching acme/plugins', 'Receiving objects:  42% (21/50)')
  line.show('\u001b[31mred\r', 'x')
  line.clear()
  line.clear()
  expect(written).toEqual([
    '\r\u001b[KFetching acme/plugins …',
    '\r\u001b[KFetching acme/plugins … Receiving objec',
    '\r\u001b[Kred  … x',
    '\r\u001b[K',
  ])
})

test('nothing where nobody looks', () => {
  const { written, output } = createOutput(false)
  const line = createProgressLine(output)
  line.show('Fetching')
  line.clear()
  expect(written).toEqual([])
})
