/** HTTP requests as fast as sockets take them: kept alive, rendered by hand, so that the client costs little. */
import { connect, type Socket } from 'node:net'
import { type Ingress, type IngressOptions, renderContent } from './ingress.ts'

interface Lane {
  readonly socket: Socket
  /** The event under way. */
  number: number
  received: string
}

export async function openHttp({ port, lanes }: IngressOptions): Promise<Ingress> {
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => {})
  const free: Lane[] = []
  let accepted: (number: number, at: number) => void = () => {}
  let closed = false

  const receive = (lane: Lane, text: string) => {
    lane.received += text
    const end = endOfResponse(lane.received)
    if (end === undefined) return
    const status = Number(lane.received.slice(9, 12))
    if (status < 200 || status > 299) {
      failure.reject(new Error(`an event was answered with ${lane.received.slice(0, 600).replaceAll('\r\n', ' ⏎ ')}`))
      return
    }
    lane.received = lane.received.slice(end)
    free.push(lane)
    accepted(lane.number, performance.now())
  }
  const open = async (): Promise<Lane> => {
    const lane: Lane = { socket: await connected(port), number: -1, received: '' }
    lane.socket.setEncoding('latin1').on('data', (text: string) => receive(lane, text))
    lane.socket.on('error', failure.reject).on('close', () => {
      if (!closed) failure.reject(new Error('the channel closed a connection'))
    })
    return lane
  }
  free.push(...(await Promise.all(Array.from({ length: lanes }, open))))
  const all = [...free]

  return {
    send(number) {
      const lane = free.pop()
      if (!lane) throw new Error(`more than ${lanes} events were sent at a time`)
      lane.number = number
      lane.socket.write(renderRequest(port, number), 'latin1')
    },
    onAccepted(listener) {
      accepted = listener
    },
    failed: failure.promise,
    close() {
      closed = true
      for (const { socket } of all) socket.destroy()
    },
  }
}

/** @throws Error while nothing listens there. */
export function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

function renderRequest(port: number, number: number): string {
  const body = renderContent(number)
  return `POST /bench HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

/** Where a whole response ends, of either framing; undefined while it is not whole. */
function endOfResponse(received: string): number | undefined {
  const head = received.indexOf('\r\n\r\n')
  if (head === -1) return undefined
  const length = /\r\ncontent-length: *(\d+)/i.exec(received)?.[1]
  if (length !== undefined) {
    const end = head + 4 + Number(length)
    return received.length >= end ? end : undefined
  }
  const last = received.indexOf('0\r\n\r\n', head + 2)
  return last === -1 ? undefined : last + 5
}
