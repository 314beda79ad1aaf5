/** What a server prints on stderr becomes notices, with the level its mark gives; a flood is cut and counted. */
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createStderrNotices } from './stderr-notices.ts'

async function show(...chunks: (string | Uint8Array)[]) {
  const told: string[] = []
  const notices = createStderrNotices('chat', (level, message) => told.push(`${level} ${message}`))
  await print(notices, ...chunks)
  return { told, notices }
}

async function print(notices: ReturnType<typeof createStderrNotices>, ...chunks: (string | Uint8Array)[]) {
  const stream = new PassThrough()
  notices.read(stream)
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  await new Promise((resolve) => stream.on('close', resolve))
}

test('a line each, under the name of the source, which is not repeated', async () => {
  const { told, notices } = await show('listening on http://local', 'host:8787\n\n', 'chat: warning: port busy\r\nlast')
  expect(told).toEqual([
    'info chat: listening on http://localhost:8787',
    'warning chat: warning: port busy',
    'info chat: last',
  ])
  expect(notices.last).toBe('last')
})

test('only the mark of a channel gives a level', async () => {
  const { told } = await show('chat: error: no token\n', 'this is an error: really\n', 'error: bare\n')
  expect(told).toEqual(['error chat: error: no token', 'info chat: this is an error: really', 'info chat: error: bare'])
})

test('a flood is cut, and what was left out is counted in the end', async () => {
  const { told, notices } = await show(Array.from({ length: 500 }, (_, at) => `line ${at}\n`).join(''))
  const shown = told.filter((line) => line.startsWith('info chat: line'))
  expect(shown.length).toBeLessThan(40)
  expect(told.at(-1)).toBe(`info chat: … ${500 - shown.length} more lines were not shown`)
  expect(notices.last).toBe('line 499')
})

test('a very long line is cut, and one without end costs bounded memory', async () => {
  const { told } = await show(`${'x'.repeat(10_000)}\n`, 'y'.repeat(200_000), '\nafter\n')
  expect(told).toEqual([`info chat: ${'x'.repeat(2_000)}`, 'info chat: (a very long line)', 'info chat: after'])
})

test('bytes that are no text do not stop it', async () => {
  const { told } = await show(new Uint8Array([0xff, 0xfe, 10]), 'fine\n')
  expect(told).toEqual(['info chat: \ufffd\ufffd', 'info chat: fine'])
})

test('the last words are those of the process that runs', async () => {
  const { notices } = await show('old words\n')
  await print(notices)
  expect(notices.last).toBeUndefined()
})

test('the last words are those that say what went wrong, not where, and not what Node adds', () => {
  const { read, write } = (() => {
    const stream = new PassThrough()
    const notices = createStderrNotices('chat', () => {})
    notices.read(stream)
    return { read: () => notices.last, write: (text: string) => stream.write(text) }
  })()
  write("Error: Cannot find module './x'\n    at Module._resolveFilename (node:internal)\n}\n\nNode.js v24.21.0\n")
  expect(read()).toBe("Error: Cannot find module './x'")
  write('chat: error: the port is in use\nbye\n')
  expect(read()).toBe('chat: error: the port is in use')
})
