/** The built plugin as a process, on Node and on Bun: its port, its faults, its end, and what a restart means. */
import { readdir, readFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import {
  createTempDirectory,
  type FakeHost,
  freePort,
  RUNTIMES,
  runtimeCommand,
  startFakeHost,
  waitFor,
} from '@backchannel/testkit'
import { describe, expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { isFree, START } from './bundle.fixture.ts'
import { ask, connectSocket, form, upload } from './chat.fixture.ts'

describe.each(RUNTIMES)('on %s', (runtime) => {
  const start = (env: Record<string, string> = { FAKECHAT_PORT: '0' }): Promise<FakeHost> =>
    startFakeHost({ command: runtimeCommand(runtime), args: [START], env, register: true })
  const portOf = async (host: FakeHost) => Number((await host.waitForStderr(/fakechat: http:\/\/localhost:(\d+)/))[1])

  test('it serves the page and says who it is', async () => {
    await using host = await start()
    expect(host.initializeResult.serverInfo).toMatchObject({ name: 'fakechat', version: manifest.version })
    const page = await ask(await portOf(host), '/')
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(page.body).toMatch(/^<!doctype html>[\s\S]*<div id="app">/)
    // Everything is inside: no address but the names of namespaces and the icon.
    expect(page.body.match(/(?:src|href)="(?!data:)[^"]*"/g)).toBeNull()
  })

  test('its tools are those of the official fakechat and check_messages; beside its capability it has the relay, since it knows who answers', async () => {
    await using host = await start()
    expect(host.serverCapabilities).toMatchObject({ tools: {}, experimental: { 'claude/channel': {} } })
    expect(host.serverCapabilities['experimental']).toHaveProperty('claude/channel/permission')
    const tools = (await host.listTools()).map(({ name, inputSchema: { properties, required } }) => [
      name,
      Object.entries(properties as Record<string, { type: string }>).map(([key, { type }]) => `${key}: ${type}`),
      required,
    ])
    expect(tools).toEqual([
      ['reply', ['text: string', 'reply_to: string', 'files: array'], ['text']],
      ['edit_message', ['message_id: string', 'text: string'], ['message_id', 'text']],
      ['check_messages', ['limit: integer'], undefined],
    ])
  })

  test('a reply right after the registration is taken', async () => {
    await using host = await start()
    const { isError, content } = await host.callTool('reply', { text: 'at once' })
    expect([isError, content[0]?.text]).toEqual([undefined, expect.stringMatching(/^sent/)])
  })

  test('hostile clients get answers and the chat goes on', async () => {
    await using host = await start()
    const port = await portOf(host)
    await using page = await connectSocket(port)
    await using other = await connectSocket(port)
    page.sendRaw('{')
    await page.next('error')
    page.send({ id: 'u1', text: 'x'.repeat(1024 * 1024) })
    expect(await page.closed).toBe(1009)
    const request = { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=b' }, body: '--b\r\nx' }
    expect((await ask(port, '/upload', request)).status).toBe(400)
    const file = new File([Buffer.alloc(50 * 1024 * 1024 + 1)], 'big.iso')
    expect((await upload(port, form({ id: 'u2', text: '', file }))).status).toBe(413)
    await expect(connectSocket(port, { origin: 'https://evil.example' })).rejects.toThrow('403')
    connect(port, '127.0.0.1')
      // How it is cut off is the server's to choose.
      .on('error', () => {})
      .end('GET / HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\n\r\n\0\0')
    other.send({ id: 'u3', text: 'still here' })
    await other.next('sent')
    expect(host.events.map(({ content }) => content)).toEqual(['still here'])
  }, 60_000)

  test('files go both ways', async () => {
    await using host = await start()
    const port = await portOf(host)
    await using page = await connectSocket(port)
    const file = new File(['1,2\n'], 'table.csv', { type: 'text/csv' })
    expect((await upload(port, form({ id: 'u1', text: 'see file', file }))).status).toBe(204)
    const { meta } = await host.nextEvent()
    const path = meta?.['file_path'] ?? ''
    expect(path).toMatch(/\.csv$/)
    const result = await host.callTool('reply', { text: 'back', files: [path] })
    expect(result.content[0]?.text).toMatch(/^sent \(m\d+-1\)$/)
    const { url } = (await page.next('msg'))['file'] as { url: string }
    expect((await ask(port, url)).body).toBe('1,2\n')
    const failed = await host.callTool('reply', { text: 'x', files: ['/no/such/file'] })
    expect(failed).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('/no/such/file') }] })
    const edited = await host.callTool('edit_message', { message_id: 'm1-1', text: 'x' })
    expect(edited).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('m1-1') }] })
  })

  test('an upload that is cut off leaves nothing', async () => {
    await using host = await start()
    const port = await portOf(host)
    const inbox = join(host.home, '.claude', 'channels', 'fakechat', 'inbox')
    const socket = connect(port, '127.0.0.1')
    const head = `POST /upload HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: 900000\r\ncontent-type: multipart/form-data; boundary=b\r\n\r\n`
    socket.write(
      `${head}--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n${'x'.repeat(300_000)}`,
    )
    await waitFor(async () => (await readdir(inbox)).length === 1, { what: 'the beginning of the file' })
    socket.destroy()
    await waitFor(async () => (await readdir(inbox)).length === 0, { what: 'the half file to go' })
  })

  test('a busy port: another one, said clearly', async () => {
    const holder = createServer().listen(await freePort(), '127.0.0.1')
    try {
      const taken = await waitFor(() => holder.address(), { what: 'the port' })
      const port = typeof taken === 'object' ? taken.port : 0
      await using host = await start({ FAKECHAT_PORT: String(port) })
      const other = await portOf(host)
      expect(host.stderr).toMatch(
        new RegExp(`fakechat: warning: port ${port} is in use by .+; using ${other} instead\n`),
      )
      expect((await ask(other, '/')).status).toBe(200)
    } finally {
      holder.close()
    }
  })

  test('a port that is none is an error that names the variable', async () => {
    await using host = await start({ FAKECHAT_PORT: 'eighty' })
    await host.waitForStderr(/fakechat: error: FAKECHAT_PORT is "eighty"/)
    expect((await host.waitForExit()).code).toBe(1)
  })

  test('it ends with its session within a second, whatever is open', async () => {
    await using host = await start()
    const port = await portOf(host)
    await using page = await connectSocket(port)
    const hanging = connect(port, '127.0.0.1').on('error', () => {})
    hanging.write(
      `POST /upload HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: 99\r\ncontent-type: multipart/form-data; boundary=b\r\n\r\n--b`,
    )
    const idle = connect(port, '127.0.0.1').on('error', () => {})
    host.pauseReading()
    host.endInput()
    const exit = await host.waitForExit()
    expect([exit.code, exit.afterMs < 1000]).toEqual([0, true])
    await page.closed
    expect(await isFree(port)).toBe(true)
    hanging.destroy()
    idle.destroy()
  })

  test('killed and started again it has the same port, offers the message again with its label, and knows the repeat of it', async () => {
    const port = await freePort()
    await using folder = await createTempDirectory()
    const state = folder.path
    await using first = await start({ FAKECHAT_PORT: String(port), FAKECHAT_STATE_DIR: state })
    await using page = await connectSocket(await portOf(first))
    page.send({ id: 'u1', text: 'hello' })
    await first.nextEvent()
    first.kill('SIGKILL')
    await first.waitForExit()
    await using second = await start({ FAKECHAT_PORT: String(port), FAKECHAT_STATE_DIR: state })
    expect(await portOf(second)).toBe(port)
    expect((await second.nextEvent()).meta).toMatchObject({ message_id: 'u1', redelivered: 'true' })
    await using again = await connectSocket(port)
    expect(again.frames[0]?.['run']).not.toBe(page.frames[0]?.['run'])
    again.send({ id: 'u1', text: 'hello' })
    expect(await again.next('sent')).toMatchObject({ id: 'u1', duplicate: true })
    expect(second.events).toHaveLength(1)
  })

  test('what was said outlives a killed channel, and can still be changed', async () => {
    await using folder = await createTempDirectory()
    const env = { FAKECHAT_PORT: '0', FAKECHAT_STATE_DIR: folder.path }
    await using first = await start(env)
    await using page = await connectSocket(await portOf(first))
    page.send({ id: 'u1', text: 'hello' })
    await first.nextEvent()
    const { content } = await first.callTool('reply', { text: 'an answer', reply_to: 'u1' })
    const id = /m\d+-\d+/.exec(content[0]?.text ?? '')?.[0] ?? ''
    await waitFor(async () => (await readFile(join(folder.path, 'history.db-wal'))).includes('an answer'), {
      what: 'the answer in the history',
    })
    first.kill('SIGKILL')
    await first.waitForExit()
    await using second = await start(env)
    await using again = await connectSocket(await portOf(second))
    const answer = { id, from: 'assistant', text: 'an answer', replyTo: 'u1' }
    expect(again.frames[0]?.['messages']).toMatchObject([{ id: 'u1', text: 'hello', state: 'sent' }, answer])
    await second.callTool('edit_message', { message_id: id, text: 'a better answer' })
    expect(await again.next('edit')).toEqual({ type: 'edit', id, text: 'a better answer' })
  })

  test('two sessions at a time do not mix what was said; the one that comes after a kill of both has it all', async () => {
    await using folder = await createTempDirectory()
    const env = { FAKECHAT_PORT: '0', FAKECHAT_STATE_DIR: folder.path }
    const both = await Promise.all([start(env), start(env)])
    for (const host of both) {
      const port = await portOf(host)
      await host.callTool('reply', { text: 'from one of two' })
      // A page that comes reads the history, and what waits is written first.
      await using page = await connectSocket(port)
      expect(page.frames[0]?.['messages']).toHaveLength(1)
    }
    for (const host of both) {
      host.kill('SIGKILL')
      await host.close()
    }
    await using later = await start(env)
    await using page = await connectSocket(await portOf(later))
    expect(page.frames[0]?.['messages']).toHaveLength(2)
  })

  test('before it is registered it touches nothing, and its tools say so', async () => {
    const port = await freePort()
    await using host = await startFakeHost({
      command: runtimeCommand(runtime),
      args: [START],
      env: { FAKECHAT_PORT: String(port) },
      capabilities: { experimental: { 'backchannel/channel': { version: 1, features: ['receipts'] } } },
    })
    const result = await host.callTool('reply', { text: 'x' })
    expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('registered') }] })
    expect(await isFree(port)).toBe(true)
    await expect(readdir(join(host.home, '.claude'))).rejects.toThrow('ENOENT')
  })
})
