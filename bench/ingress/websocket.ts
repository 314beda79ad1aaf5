/** One WebSocket by hand: frames are rendered without a copy, so that the client costs little. */
import { randomUUID } from 'node:crypto'
import { connected } from './http.ts'
import { type Ingress, renderContent } from './ingress.ts'

const UPGRADE_LIMIT = 16_384

export async function openWebSocket(port: number): Promise<Ingress> {
  const socket = await connected(port)
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => {})
  const upgraded = Promise.withResolvers<void>()
  let received: Buffer = Buffer.alloc(0)
  let isOpen = false
  let corked = false
  // What an earlier run left in the kept journal had numbers too, and the same id would be the same message.
  const run = randomUUID().slice(0, 8)
  let accepted: (number: number, at: number) => void = () => {}

  const upgrade = () => {
    const end = received.indexOf('\r\n\r\n')
    if (end === -1 && received.length < UPGRADE_LIMIT) return
    const head = received.toString('latin1', 0, Math.max(end, 0))
    if (!head.startsWith('HTTP/1.1 101 '))
      upgraded.reject(new Error(`the WebSocket was refused: ${head.slice(0, 300)}`))
    received = received.subarray(end + 4)
    isOpen = true
    upgraded.resolve()
  }
  const take = (payload: string) => {
    if (payload.startsWith('{"type":"sent"')) {
      const { id, duplicate } = JSON.parse(payload) as { id: string; duplicate?: boolean }
      if (duplicate) failure.reject(new Error(`message ${id} was taken for one that came before`))
      else accepted(Number(id.slice(id.indexOf('-') + 1)), performance.now())
    } else if (payload.startsWith('{"type":"error"')) {
      failure.reject(new Error(`an event was answered with ${payload.slice(0, 600)}`))
    }
  }
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    if (!isOpen) upgrade()
    if (!isOpen) return
    for (let frame = readFrame(received); frame; frame = readFrame(received)) {
      received = received.subarray(frame.end)
      if (frame.opcode === 1) take(frame.payload)
    }
  })
  const lost = (error?: Error) => {
    const reason = error ?? new Error('the channel closed the WebSocket')
    upgraded.reject(reason)
    failure.reject(reason)
  }
  socket.on('error', lost).on('close', () => lost())
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
  )
  await upgraded.promise

  return {
    send(number) {
      // What one turn of the event loop sends goes out in one write.
      if (!corked) {
        corked = true
        socket.cork()
        process.nextTick(() => {
          corked = false
          socket.uncork()
        })
      }
      socket.write(renderFrame(`${run}-${number}`, number))
    },
    onAccepted(listener) {
      accepted = listener
    },
    failed: failure.promise,
    close: () => void socket.destroy(),
  }
}

/** A text frame of a client; the mask is all zeros, which leaves the payload as it is. */
function renderFrame(id: string, number: number): Buffer {
  const payload = JSON.stringify({ id, text: renderContent(number) })
  const frame = Buffer.allocUnsafe(8 + payload.length)
  frame[0] = 0x81
  frame[1] = 0x80 | 126
  frame.writeUInt16BE(payload.length, 2)
  frame.writeUInt32BE(0, 4)
  frame.write(payload, 8, 'latin1')
  return frame
}

interface Frame {
  readonly opcode: number
  readonly payload: string
  readonly end: number
}

/** The first whole frame of a server, which never masks. */
function readFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined
  const short = bytes.readUInt8(1) & 0x7f
  const from = short === 127 ? 10 : short === 126 ? 4 : 2
  if (bytes.length < from) return undefined
  const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short
  const end = from + length
  if (bytes.length < end) return undefined
  return { opcode: bytes.readUInt8(0) & 0x0f, payload: bytes.toString('utf8', from, end), end }
}
