/** The stream over an agent's stdio takes messages, passes over the rest, and outlives either end of it. */
import { PassThrough } from 'node:stream'
import type { AnyMessage } from '@agentclientprotocol/sdk'
import { expect, it } from 'vitest'
import { createStdioStream } from './stdio-stream.ts'

function open() {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()]
  const garbage: unknown[] = []
  const { readable, writable } = createStdioStream({ stdin, stdout }, (sample) => garbage.push(sample))
  return { stdin, stdout, garbage, reader: readable.getReader(), writer: writable.getWriter() }
}

it('takes requests, notifications and answers, in pieces too, and nothing else', async () => {
  const { stdout, reader, garbage } = open()
  const messages = [
    { jsonrpc: '2.0', id: 1, method: 'a', params: {} },
    { jsonrpc: '2.0', method: 'b' },
    { jsonrpc: '2.0', id: 2, result: null },
    { jsonrpc: '2.0', id: 3, error: { code: 1, message: 'no' } },
  ]
  const lines = ['hello', '{"jsonrpc":"2.0"}', '[]', '{"jsonrpc":"2.0","id":null,"result":1}', '{"id":1}']
  const text = [...lines, ...messages.map((message) => JSON.stringify(message))].map((line) => `${line}\n`).join('')
  stdout.write(text.slice(0, 100))
  stdout.end(text.slice(100))
  const read: AnyMessage[] = []
  for (let next = await reader.read(); !next.done; next = await reader.read()) read.push(next.value)
  expect(read).toEqual(messages)
  expect(garbage).toEqual(lines)
})

it('writes a line a message, and refuses to where nobody reads any more', async () => {
  const { stdin, writer } = open()
  await writer.write({ jsonrpc: '2.0', method: 'a\nb' })
  expect(String(stdin.read())).toBe('{"jsonrpc":"2.0","method":"a\\nb"}\n')
  stdin.end()
  await expect(writer.write({ jsonrpc: '2.0', method: 'c' })).rejects.toThrow('closed its input')
})

it('may be cancelled before its process has ended, which still says something', async () => {
  const { stdout, reader } = open()
  await reader.cancel()
  const closed = new Promise((resolve) => stdout.once('close', resolve))
  stdout.end('{"jsonrpc":"2.0","method":"late"}\n')
  stdout.resume()
  await closed
})
