/** Shows that bodies are read whole up to the limit, refused above it, and that answers are explicit. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { BackchannelError } from '@backchannel/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closeServer, listen, readBody, sendJson, sendText } from './index.ts'

const LIMIT = 1000
let port = 0
let stop = new AbortController()
let failures: unknown[] = []
let failed = () => {}
const server = () =>
  createServer((request, response) => {
    if (request.method === 'HEAD') return sendText(response, 200, 'hällo', { 'content-type': 'text/x-test' })
    readBody(request, { limit: LIMIT, signal: stop.signal }).then(
      (body) => sendJson(response, 200, { length: body.length }, { 'x-more': 'yes' }),
      (thrown: unknown) => {
        failures.push(thrown)
        failed()
        sendJson(response, 413, { error: BackchannelError.is(thrown) ? thrown.message : String(thrown) })
      },
    )
  })
let running = server()
const sockets: Socket[] = []

beforeEach(async () => {
  stop = new AbortController()
  failures = []
  running = server()
  port = await listen(running, { port: 0 })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await closeServer(running)
})

const open = (text: string): Socket => {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  sockets.push(socket)
  socket.setEncoding('utf8').write(text)
  return socket
}
const failure = () =>
  new Promise<void>((resolve) => {
    failed = resolve
  })
const post = (body: string | ReadableStream | null) =>
  fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body, duplex: 'half' } as RequestInit)
const streamed = (chunks: readonly number[]) =>
  new ReadableStream({
    start(controller) {
      for (const size of chunks) controller.enqueue(new Uint8Array(size))
      controller.close()
    },
  })

describe('readBody', () => {
  it('reads empty bodies and bodies of exactly the limit, with and without a length', async () => {
    expect(await (await post(null)).json()).toEqual({ length: 0 })
    expect(await (await post('x'.repeat(LIMIT))).json()).toEqual({ length: LIMIT })
    expect(await (await post(streamed([LIMIT - 1, 1]))).json()).toEqual({ length: LIMIT })
  })

  it('refuses an announced body before it comes', async () => {
    const socket = open(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${10 ** 12}\r\n\r\n`)
    const [answer] = await once(socket, 'data')
    expect(answer).toContain(`the limit is ${LIMIT} bytes, ${10 ** 12} bytes were announced.`)
    expect(failures).toMatchObject([{ code: 'event-too-large' }])
  })

  it('refuses a body without a length at the limit, and the client still reads why', async () => {
    const answer = await post(streamed([600, 600, 5_000_000]))
    expect(answer.status).toBe(413)
    expect(await answer.json()).toEqual({
      error: `The body is too large: the limit is ${LIMIT} bytes, more than ${LIMIT} bytes came.`,
    })
  })

  it('rejects when the client goes away', async () => {
    const gone = failure()
    const socket = open('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf')
    await once(running, 'request')
    socket.destroy()
    await gone
    expect(failures).toMatchObject([{ code: 'closed', message: expect.stringContaining('went away') }])
  })

  it('rejects when its signal aborts, before and while it reads', async () => {
    for (const early of [false, true]) {
      if (early) stop.abort(new Error('over'))
      const gone = failure()
      open('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf')
      await once(running, 'request')
      stop.abort(new Error('over'))
      await gone
    }
    expect(failures).toMatchObject([{ message: 'over' }, { message: 'over' }])
  })
})

describe('sendJson and sendText', () => {
  it('say length and type, and are never stored', async () => {
    const answer = await post('x')
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': '13',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'x-more': 'yes',
    })
  })

  it('answer HEAD with the headers alone', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD' })
    expect(answer.headers.get('content-length')).toBe('6')
    expect(answer.headers.get('content-type')).toBe('text/x-test')
    expect(await answer.text()).toBe('')
  })
})
