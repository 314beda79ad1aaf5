/** The local socket of a shared account: for one user alone, bounded, and shaken by nothing that is sent to it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, stat, symlink, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createTempDirectory, waitFor } from '@backchannel/testkit'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Announcement, parseAnnouncement, readAnnouncement, writeAnnouncement } from './announcement.ts'
import { connectToHolder } from './connect.ts'
import { type HubServer, listenForSessions } from './listen.ts'
import {
  readAttaching,
  readCall,
  readEvent,
  readOutcome,
  readRequest,
  readResolution,
  readVerdict,
} from './messages.ts'
import { createPeer, type Peer } from './peer.ts'
import { ensureOwnFolder, hubFolder, MOST_SOCKET_BYTES, socketPaths } from './place.ts'
import { createKey } from './proof.ts'

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
const log = { info() {}, warn: (words: string) => void said.push(words), error() {} }
const said: string[] = []
let folder: Awaited<ReturnType<typeof createTempDirectory>>
let server: HubServer
let announcement: Announcement
let accepted: Peer[]

beforeEach(async () => {
  folder = await createTempDirectory()
  said.length = 0
  accepted = []
  await ensureOwnFolder(hubFolder(folder.path))
  const key = createKey()
  const echo = { request: async (_: string, params: unknown) => params, notification() {} }
  server = await listenForSessions({
    directory: folder.path,
    key,
    log,
    accepted: (socket, rest) => void accepted.push(createPeer(socket, echo, rest)),
  })
  announcement = { pid: process.pid, since: 'now', socket: server.path, key, keeper: false, sessions: [] }
  await writeAnnouncement(folder.path, announcement)
})
afterEach(async () => {
  server.close()
  for (const peer of accepted) peer.close()
  await folder.remove()
})

async function open(given: Announcement = announcement): Promise<Peer> {
  const { socket, rest } = await connectToHolder(given)
  const peer = createPeer(socket, { request: async () => null, notification() {} }, rest)
  socket.resume()
  return peer
}
const raw = async (): Promise<Socket> => {
  const socket = connect(server.path)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}
const isServed = async () => {
  const peer = await open()
  expect(await peer.request('x', { a: 1 })).toEqual({ a: 1 })
  peer.close()
}

describe('the socket', () => {
  it('is its owner’s alone, and so is the note beside it', async () => {
    expect((await stat(hubFolder(folder.path))).mode & 0o777).toBe(0o700)
    expect((await stat(server.path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(hubFolder(folder.path), 'hub.json'))).mode & 0o777).toBe(0o600)
    expect(await readAnnouncement(folder.path)).toEqual(announcement)
  })

  it.runIf(isRoot)('is out of reach for another user of the machine', async () => {
    await chmod(folder.path, 0o755)
    const look = async (code: string) => {
      const child = spawn('/bin/sh', ['-c', code], { uid: NOBODY, gid: NOBODY, cwd: '/', stdio: 'ignore' })
      return (await once(child, 'exit'))[0]
    }
    expect(await look(`test -d "${folder.path}"`)).toBe(0)
    expect(await look(`test -e "${server.path}"`)).not.toBe(0)
    expect(await look(`cat "${join(hubFolder(folder.path), 'hub.json')}"`)).not.toBe(0)
    const node = `"${process.execPath}" -e 'require("net").connect("${server.path}").on("connect",()=>process.exit(0)).on("error",()=>process.exit(7))'`
    expect(await look(node)).not.toBe(0)
  })

  it.runIf(isRoot)(
    'is not looked for in a folder of another user, or behind a note that others may write',
    async () => {
      const theirs = join(folder.path, 'theirs')
      await mkdir(theirs, { mode: 0o700 })
      await chown(theirs, NOBODY, NOBODY)
      await expect(ensureOwnFolder(theirs)).rejects.toMatchObject({ code: 'hub-unsafe' })
      await chown(join(hubFolder(folder.path), 'hub.json'), NOBODY, NOBODY)
      await expect(readAnnouncement(folder.path)).rejects.toMatchObject({ code: 'hub-unsafe' })
    },
  )

  it('is in no folder that is a link, and closes one that was open', async () => {
    const link = join(folder.path, 'link')
    await symlink(hubFolder(folder.path), link)
    await expect(ensureOwnFolder(link)).rejects.toMatchObject({ code: 'hub-unsafe' })
    const loose = join(folder.path, 'loose')
    await mkdir(loose)
    await chmod(loose, 0o777)
    await ensureOwnFolder(loose)
    expect((await stat(loose)).mode & 0o777).toBe(0o700)
    await chmod(join(hubFolder(folder.path), 'hub.json'), 0o644)
    await expect(readAnnouncement(folder.path)).rejects.toMatchObject({ code: 'hub-unsafe' })
  })

  it('has a path that every system takes, however deep the state lies', async () => {
    for (const directory of ['/a', `/${'long/'.repeat(60)}`, `/${'ü'.repeat(60)}`]) {
      const paths = socketPaths(directory)
      expect(paths.length).toBeGreaterThan(0)
      for (const path of paths) expect(Buffer.byteLength(path)).toBeLessThanOrEqual(MOST_SOCKET_BYTES)
    }
    expect(socketPaths('/a', 'win32')).toEqual([expect.stringMatching(/^\\\\\.\\pipe\\backchannel-[0-9a-f]{16}$/)])
    const deep = join(folder.path, 'deep/'.repeat(20))
    await mkdir(deep, { recursive: true })
    const other = await listenForSessions({ directory: deep, key: createKey(), log, accepted() {} })
    expect(other.path).not.toContain(deep)
    other.close()
  })

  it('takes the place of one that a killed process left', async () => {
    const left = join(folder.path, 'left')
    await ensureOwnFolder(hubFolder(left))
    await writeFile(join(hubFolder(left), 'socket'), 'stale')
    const next = await listenForSessions({ directory: left, key: createKey(), log, accepted() {} })
    expect((await stat(next.path)).isSocket()).toBe(true)
    next.close()
  })
})

describe('the handshake', () => {
  it('refuses who does not know the key, on both sides', async () => {
    await expect(open({ ...announcement, key: createKey() })).rejects.toMatchObject({ code: 'hub-refused' })
    await isServed()
    expect(accepted).toHaveLength(1)
  })

  it('says which version it speaks to one that speaks another', async () => {
    const socket = await raw()
    socket.write(`${JSON.stringify({ hub: 'backchannel', versions: [99], nonce: 'x'.repeat(32) })}\n`)
    const [answer] = await once(socket, 'data')
    expect(JSON.parse(String(answer))).toEqual({ refused: 'version', versions: [1] })
    await once(socket, 'close')
  })

  it('ends with whatever else is sent, and others are served', async () => {
    const line = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(`${text}\n`)),
      fc
        .record({ versions: fc.anything(), nonce: fc.anything(), proof: fc.anything() })
        .map((value) => Buffer.from(`${JSON.stringify(value) ?? ''}\n`)),
      fc.constant(Buffer.alloc(10_000, 'x')),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 4 }), async (lines) => {
        const socket = await raw()
        socket.resume()
        for (const bytes of lines) socket.write(bytes)
        socket.end()
        await waitFor(() => socket.closed, { what: 'the end of it', intervalMs: 1 })
      }),
      { numRuns: 60 },
    )
    expect(accepted).toEqual([])
    await isServed()
  })
})

describe('a peer', () => {
  it('that proved itself is still hostile: it is cut off, and others are served', async () => {
    const wrong = [
      'nonsense',
      '[]',
      '"x"',
      '{"id":{},"method":"x"}',
      '{"id":1e99,"method":"x"}',
      `{"a":"${'x'.repeat(9_000_000)}"}`,
    ]
    for (const text of wrong) {
      const { socket } = await connectToHolder(announcement)
      socket.on('error', () => {})
      socket.resume()
      socket.write(`${text}\n`)
      await waitFor(() => socket.closed, { what: `the end after ${text.slice(0, 40)}` })
    }
    await isServed()
  })

  it('gets the error of the other side, and a word where that one is gone', async () => {
    const { socket, rest } = await connectToHolder(announcement)
    const peer = createPeer(socket, { request: async () => null, notification() {} }, rest)
    socket.resume()
    const [there] = await waitFor(() => accepted.length > 0 && accepted, { what: 'the other side' })
    const asked = peer.request('x', { slow: true })
    expect(await asked).toEqual({ slow: true })
    there?.close()
    await peer.ended
    await expect(peer.request('x', {})).rejects.toMatchObject({ code: 'hub-lost' })
  })
})

it('what a peer says is read, or it is nothing', () => {
  const readers = [
    readAttaching,
    readCall,
    readEvent,
    readOutcome,
    readRequest,
    readResolution,
    readVerdict,
    parseAnnouncement,
  ]
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true }), (value) => {
      for (const read of readers) read(value)
    }),
  )
  const proto = JSON.parse('{"__proto__":{"id":"x"},"name":"a","pid":1,"cwd":"/"}')
  expect(readAttaching(proto)).toBeUndefined()
})
