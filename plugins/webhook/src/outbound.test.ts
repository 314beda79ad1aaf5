/** Shows the stream of replies: what listeners read, that it stays bounded, and that it ends. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { closeServer, listen } from '@backchannel/channel/http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BACKLOG_BYTES, LISTENERS } from './event-stream.ts'
import { createReplyStream, REPLY_UNITS, type ReplyStream } from './outbound.ts'

let stream: ReplyStream
let port: number
let added: boolean[]
let responses: ServerResponse[]
const sockets: Socket[] = []
const server = () =>
  createServer((_, response) => {
    responses.push(response)
    const taken = stream.add(response)
    added.push(taken)
    if (!taken) response.writeHead(503).end()
  })
let running = server()

beforeEach(async () => {
  stream = createReplyStream()
  added = []
  responses = []
  running = server()
  port = await listen(running, { port: 0 })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  stream.close()
  await closeServer(running)
})

/** A listener; `text` is what it has read so far. */
const attend = async (): Promise<{ socket: Socket; text: () => string }> => {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  sockets.push(socket)
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(socket, 'data')
  return { socket, text: () => text }
}

describe('createReplyStream', () => {
  it('sends each reply to everybody, numbered', async () => {
    const [one, two] = [await attend(), await attend()]
    expect(stream.send({ text: 'fixed:\nsee <main>', path: '/ci' })).toEqual({ sent: 2, dropped: 0 })
    expect(stream.send({ text: 'done' })).toEqual({ sent: 2, dropped: 0 })
    for (const { text } of [one, two]) {
      await expect.poll(text).toContain('"done"')
      expect(text()).toContain('content-type: text/event-stream; charset=utf-8')
      expect(text()).toMatch(
        /event: reply\nid: 1\ndata: {"text":"fixed:\\nsee <main>","path":"\/ci","ts":"\d{4}-[^"]+Z"}\n\n/,
      )
      expect(text()).toMatch(/event: reply\nid: 2\ndata: {"text":"done","ts":"\d{4}-[^"]+Z"}\n\n/)
    }
  })

  it('knows when nobody listens (any more)', async () => {
    expect(stream.send({ text: 'x' })).toEqual({ sent: 0, dropped: 0 })
    const { socket } = await attend()
    expect(stream.listeners).toBe(1)
    socket.destroy()
    await expect.poll(() => stream.listeners).toBe(0)
    expect(stream.send({ text: 'x' })).toEqual({ sent: 0, dropped: 0 })
  })

  it('cuts a listener off that does not read, and no other', async () => {
    const slow = await attend()
    slow.socket.pause()
    const quick = await attend()
    const text = 'x'.repeat(REPLY_UNITS)
    let most = 0
    let dropped = 0
    for (let count = 0; count < 1000 && dropped === 0; count += 1) {
      dropped = stream.send({ text }).dropped
      most = Math.max(most, ...responses.map((response) => response.writableLength))
      await expect.poll(() => responses[1]?.writableLength, { interval: 1 }).toBe(0)
    }
    expect(dropped).toBe(1)
    expect(stream.listeners).toBe(1)
    expect(most).toBeLessThan(BACKLOG_BYTES + REPLY_UNITS + 1000)
    expect(responses[0]?.destroyed).toBe(true)
    stream.send({ text: 'still here' })
    await expect.poll(quick.text).toContain('still here')
  })

  it('takes a limited number of listeners', async () => {
    for (let count = 0; count < LISTENERS; count += 1) await attend()
    await attend()
    expect(added.at(-1)).toBe(false)
    expect(stream.listeners).toBe(LISTENERS)
    sockets[0]?.destroy()
    await expect.poll(() => stream.listeners).toBe(LISTENERS - 1)
    await attend()
    expect(added.at(-1)).toBe(true)
  })

  it('keeps silent streams alive', async () => {
    stream = createReplyStream(5)
    const { socket, text } = await attend()
    await expect.poll(text).toContain(': still here\n\n')
    socket.destroy()
    await expect.poll(() => stream.listeners).toBe(0)
  })

  it('ends every stream when closed', async () => {
    const [one, two] = [await attend(), await attend()]
    const ended = Promise.all([one, two].map(({ text }) => expect.poll(text).toContain('\r\n0\r\n\r\n')))
    stream.close()
    stream.close()
    await ended
    expect(stream.listeners).toBe(0)
  })
})
