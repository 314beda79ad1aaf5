/** Takes the calls of the fake osascript on loopback: strings that end with NUL both ways; a connection that ends is a killed process. */
import { createServer, type Server, type Socket } from 'node:net'
import { readCall, type ScriptCall } from './call.ts'

export interface ScriptAnswer {
  readonly status: number
  readonly out?: string
  /** What goes to stderr. */
  readonly problem?: string
}

/** @param answer gives undefined where osascript dies without a word; `gone` is aborted when osascript was killed meanwhile. */
export type AnswerScript = (call: ScriptCall, gone: AbortSignal) => Promise<ScriptAnswer | undefined>

export interface ScriptWire {
  readonly port: number
  close(): Promise<void>
}

export async function startWire(answer: AnswerScript): Promise<ScriptWire> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    const gone = new AbortController()
    socket.on('close', () => {
      open.delete(socket)
      gone.abort()
    })
    socket.on('error', () => socket.destroy())
    takeCall(socket, (call) => void reply(socket, answer(call, gone.signal)))
  })
  const port = await listen(server)
  return {
    port,
    async close() {
      for (const socket of open) socket.destroy()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}

function takeCall(socket: Socket, onCall: (call: ScriptCall) => void): void {
  let bytes = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    const [pid, count, ...rest] = bytes.toString('utf8').split('\0')
    // After the last NUL there is an empty string.
    if (count === undefined || rest.length < Number(count) + 2) return
    socket.removeAllListeners('data')
    socket.resume()
    onCall(readCall(Number(pid), rest.slice(0, Number(count)), rest[Number(count)] ?? ''))
  })
}

async function reply(socket: Socket, answer: Promise<ScriptAnswer | undefined>): Promise<void> {
  const { status, out = '', problem = '' } = (await answer) ?? { status: undefined }
  if (status === undefined) socket.destroy()
  else socket.end(`${status}\0${out}\0${problem}\0`)
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
}
