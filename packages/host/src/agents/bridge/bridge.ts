/**
 * The host's end of the bridges (docs/decisions/0024): one local socket, a token a channel, and behind it that channel's tools as an
 * MCP server. Calls run in the turn that is open; between turns there is none to run them in.
 */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { AgentTurn, ChannelTool, ToolOutcome } from '../agent.ts'
import { createDoors } from './doors.ts'
import { serverNameOf } from './server-name.ts'
import { SocketTransport } from './socket-transport.ts'

/** What an agent is to start: the program of the bridge with this file as its only argument. */
export interface BridgedServer {
  /** As in the names of its tools: `plugin_fakechat_fakechat` for `mcp__plugin_fakechat_fakechat__reply`. */
  readonly name: string
  readonly file: string
}

export interface Bridge {
  /** One a channel, in the order in which they were first seen; a channel keeps its place while it is away. */
  readonly servers: readonly BridgedServer[]
  /** Calls belong to this turn from now on; `undefined` between turns. */
  setTurn(turn: AgentTurn | undefined): void
  /**
   * Looks at the tools anew, and tells connected agents where they have changed.
   * @returns whether there is a channel that was not there before
   */
  refresh(): Promise<boolean>
  /** Ends every connection and removes the files. Idempotent. */
  close(): Promise<void>
}

interface Connection {
  readonly name: string
  readonly server: Server
}

const BETWEEN_TURNS =
  'Not run: no turn is running. A call counts for the message that is being worked on; wait for the next.'
/** A token, and some room. */
const FIRST_LINE_BYTES = 256
const FIRST_LINE_MS = 10_000

/** @param channelTools every tool of a channel, of the moment */
export async function createBridge(channelTools: () => readonly ChannelTool[]): Promise<Bridge> {
  const { createChannelServer } = await import('./channel-server.ts')
  const doors = await createDoors()
  const servers: BridgedServer[] = []
  const sockets = new Set<Socket>()
  const connections = new Set<Connection>()
  const known = new Map<string, string>()
  let turn: AgentTurn | undefined

  const toolsOf = (name: string) => channelTools().filter((tool) => serverNameOf(tool) === name)
  const call = async (tool: ChannelTool, input: Readonly<Record<string, unknown>>): Promise<ToolOutcome> => {
    if (!turn) return { ok: false, text: BETWEEN_TURNS }
    return await turn.callTool(tool.name, input).catch(() => ({ ok: false, text: 'The turn has ended.' }))
  }
  const serve = async (socket: Socket, name: string) => {
    const server = createChannelServer(name, { tools: () => toolsOf(name), call })
    const connection = { name, server }
    connections.add(connection)
    socket.once('close', () => connections.delete(connection))
    await server.connect(new SocketTransport(socket))
  }
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    readToken(socket, (token) => {
      const name = doors.find(token)
      if (name === undefined) socket.destroy()
      else void serve(socket, name).catch(() => socket.destroy())
    })
  })
  listener.listen(doors.address)
  await once(listener, 'listening')

  const refresh = async (): Promise<boolean> => {
    const before = servers.length
    const names = new Set([...known.keys(), ...channelTools().map(serverNameOf)])
    for (const name of names) {
      const listed = JSON.stringify(toolsOf(name))
      const isNew = !known.has(name)
      const hasChanged = known.get(name) !== listed
      known.set(name, listed)
      if (isNew) servers.push({ name, file: await doors.open(name) })
      else if (hasChanged) {
        const told = [...connections].filter((connection) => connection.name === name)
        await Promise.allSettled(told.map(({ server }) => server.sendToolListChanged()))
      }
    }
    return servers.length > before
  }
  await refresh()

  let closing: Promise<void> | undefined
  return {
    servers,
    setTurn(given) {
      turn = given
    },
    refresh,
    close() {
      closing ??= (async () => {
        listener.close()
        for (const socket of sockets) socket.destroy()
        await doors.remove()
      })()
      return closing
    },
  }
}

/** The first line of a bridge; whoever sends none in time, or a long one, is cut off. What follows it stays unread. */
function readToken(socket: Socket, take: (token: string) => void): void {
  const limit = setTimeout(() => socket.destroy(), FIRST_LINE_MS)
  let given = Buffer.alloc(0)
  const read = (chunk: Buffer) => {
    given = Buffer.concat([given, chunk])
    const end = given.indexOf('\n')
    if (end < 0 && given.length <= FIRST_LINE_BYTES) return
    socket.off('data', read)
    clearTimeout(limit)
    if (end < 0 || end > FIRST_LINE_BYTES) return void socket.destroy()
    socket.pause()
    socket.unshift(given.subarray(end + 1))
    take(given.subarray(0, end).toString('utf8'))
  }
  socket.on('data', read)
  socket.once('close', () => clearTimeout(limit))
}
