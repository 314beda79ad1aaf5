/** A port that is taken costs the page its usual address, not the session its chat (F-2 of the official fakechat). */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { ask, openTestChat } from './chat.fixture.ts'

test('a busy port: another one, and the log says who has it', async () => {
  const holder = createServer().listen({ port: 0, host: '127.0.0.1' })
  await once(holder, 'listening')
  const { port } = holder.address() as AddressInfo
  try {
    await using chat = await openTestChat({ port })
    expect(chat.port).not.toBe(port)
    expect(chat.log).toEqual([
      expect.stringMatching(
        new RegExp(`^warn: port ${port} is in use by (pid \\d+ \\(.+\\)|another process); using ${chat.port} instead$`),
      ),
      `info: http://localhost:${chat.port}`,
    ])
    if (process.platform === 'linux') expect(chat.log[0]).toContain(`pid ${process.pid} (`)
    expect((await ask(chat.port, '/')).status).toBe(200)
  } finally {
    holder.close()
  }
})

test('a free port: that one, and no warning', async () => {
  const first = await openTestChat()
  const { port } = first
  await first[Symbol.asyncDispose]()
  await using chat = await openTestChat({ port })
  expect([chat.port, chat.log]).toEqual([port, [`info: http://localhost:${port}`]])
})
