/** stream-json, in: what is taken, what is answered, and what ends it. */
import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SessionInput } from '../interaction.ts'
import { LONGEST_LINE, parseInput, readStreamJson } from './stream-json.ts'

function start(signal: AbortSignal = new AbortController().signal) {
  const input = new PassThrough()
  const inputs: SessionInput[] = []
  const invalid: string[] = []
  const counts = { ends: 0 }
  const done = readStreamJson(
    input,
    {
      onInput: (given) => inputs.push(given),
      onInvalid: (message) => invalid.push(message),
      onEnd: () => {
        counts.ends += 1
      },
    },
    signal,
  )
  return { input, inputs, invalid, counts, done }
}

describe('parseInput', () => {
  test.each<[string, SessionInput]>([
    ['{"type":"prompt","text":" hi\\n"}', { type: 'prompt', text: ' hi\n' }],
    [
      '{"type":"command","text":"/telegram:access pair a1b2c3"}',
      { type: 'command', text: '/telegram:access pair a1b2c3' },
    ],
    [
      '{"type":"permission","request_id":"abcde","behavior":"deny"}',
      { type: 'permission', request_id: 'abcde', behavior: 'deny' },
    ],
    ['{"type":"answer","question_id":"q","choices":["a"]}', { type: 'answer', question_id: 'q', choices: ['a'] }],
    [
      '{"type":"command","text":"/telegram:configure token","secret":"s"}',
      { type: 'command', text: '/telegram:configure token', secret: 's' },
    ],
    ['{"type":"interrupt"}', { type: 'interrupt' }],
    ['{"type":"end"}', { type: 'end' }],
    ['{"later":1,"type":"end","more":[{}]}', { type: 'end' }],
  ])('takes %s', (line, input) => {
    expect(parseInput(line)).toEqual({ input })
  })

  test.each([
    [
      'hello \u001b[31m there',
      /it is not JSON \(hello {2}there\)\. Expected one JSON object a line, one of \{"type":"prompt"/,
    ],
    ['[]', /it has no "type"/],
    ['null', /it has no "type"/],
    ['{"type":7}', /it has no "type"/],
    ['{"type":"shout"}', /there is no type "shout"/],
    ['{"type":"__proto__"}', /there is no type "__proto__"/],
    [
      '{"type":"prompt"}',
      /^"prompt" lacks a field or has a wrong one \(text\)\. Expected \{"type":"prompt","text":"…"\}\.$/,
    ],
    ['{"type":"prompt","text":"  "}', /\(text\)/],
    ['{"type":"command","text":"help"}', /\(text\).*"\/…"/],
    ['{"type":"permission","request_id":"abcde","behavior":"maybe"}', /\(behavior\)/],
    ['{"type":"answer","question_id":"q","choices":[1]}', /\(choices\.0\)/],
  ])('answers %s', (line, problem) => {
    expect(parseInput(line)).toEqual({ problem: expect.stringMatching(problem) })
  })

  test('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (line) => void parseInput(line)))
  })
})

describe('readStreamJson', () => {
  test('reads lines across chunks, goes on after a bad one, and ends with the stream', async () => {
    const { input, inputs, invalid, counts, done } = start()
    const bytes = Buffer.from('{"type":"prompt","text":"grüß"}\nnonsense\n\n{"type":"interrupt"}\r\n{"type":"end"}')
    for (const byte of bytes) input.write(Buffer.of(byte))
    input.end()
    await done
    expect(inputs).toEqual([{ type: 'prompt', text: 'grüß' }, { type: 'interrupt' }, { type: 'end' }])
    expect(invalid).toEqual([expect.stringMatching(/^Input 2 was not taken: it is not JSON \(nonsense\)/)])
    expect(counts.ends).toBe(1)
  })

  test('passes over a line that is too long without keeping it', async () => {
    const { input, inputs, invalid, done } = start()
    for (let written = 0; written <= 8 * LONGEST_LINE; written += 65_536) input.write('x'.repeat(65_536))
    input.end('\n{"type":"end"}\n')
    await done
    expect(invalid).toEqual([`Input 1 was not taken: it is longer than ${LONGEST_LINE} bytes.`])
    expect(inputs).toEqual([{ type: 'end' }])
  })

  test('an abort stops it without onEnd and lets go of the stream', async () => {
    const controller = new AbortController()
    const { input, inputs, counts, done } = start(controller.signal)
    input.write('{"type":"interrupt"}\n')
    await expect.poll(() => inputs.length).toBe(1)
    controller.abort()
    await done
    input.write('{"type":"end"}\n')
    expect(inputs).toHaveLength(1)
    expect(counts.ends).toBe(0)
    expect(input.listenerCount('data')).toBe(0)
  })

  test('an error of the stream is its end', async () => {
    const { input, counts, done } = start()
    input.destroy(new Error('EIO'))
    await done
    expect(counts.ends).toBe(1)
  })
})
