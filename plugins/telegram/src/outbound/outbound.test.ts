/** What goes out, and what an error of it says: never the token, and whether trying again may double it. */
import { copyFileSync, mkdirSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type OutgoingFile, type OutgoingMessage, PlatformError } from '@backchannel/channel/chat'
import { createTempDirectory } from '@backchannel/testkit'
import { content, startFakeTelegram } from '@backchannel/testkit/telegram'
import { describe, expect, it } from 'vitest'
import { type Adapter, startAdapter } from '../adapter.fixture.ts'
import { scrub } from '../api/errors.ts'

const signal = AbortSignal.timeout(60_000)

function file(name: string, bytes: Buffer): OutgoingFile {
  return {
    name,
    size: bytes.length,
    mime: 'application/octet-stream',
    async *read() {
      yield bytes
    },
  }
}

async function start() {
  const adapter = await startAdapter({ listens: false })
  const ada = adapter.telegram.bot.person('Ada')
  const said = ada.says(ada.dm, 'hello')
  const message = (other: Partial<OutgoingMessage>): OutgoingMessage => {
    return { chatId: String(ada.id), key: 'k', text: { text: '', entities: [] }, files: [], ...other }
  }
  return {
    adapter,
    ada,
    said,
    message,
    send: (other: Partial<OutgoingMessage>) => adapter.connection.send(message(other), signal),
  }
}

async function failure(work: Promise<unknown>): Promise<PlatformError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(PlatformError)
  return thrown as PlatformError
}

/** Everything an error holds, as a careless log would print it. */
function print(error: unknown): string {
  const parts: string[] = []
  for (let at = error; at instanceof Error; at = at.cause) {
    parts.push(String(at), at.stack ?? '', JSON.stringify(at, Object.getOwnPropertyNames(at)))
  }
  return parts.join('\n')
}

describe('a text', () => {
  it('is sent with its entities, its buttons and what it answers', async () => {
    const { adapter, ada, said, send } = await start()
    await using _ = adapter
    const text = {
      text: 'bold code site pre',
      entities: [
        { kind: 'bold', offset: 0, length: 4 },
        { kind: 'code', offset: 5, length: 4 },
        { kind: 'link', offset: 10, length: 4, url: 'https://example.com/' },
        { kind: 'pre', offset: 15, length: 3, language: 'ts' },
      ],
    } as const
    const { messageIds } = await send({
      text,
      replyTo: String(said.message_id),
      buttons: [[{ label: 'Allow', data: 'a' }], [{ label: 'Deny', data: 'd' }]],
    })
    expect(ada.dm.byBot[0]).toMatchObject({
      message_id: Number(messageIds[0]),
      entities: [{ type: 'bold' }, { type: 'code' }, { type: 'text_link' }, { type: 'pre', language: 'ts' }],
      reply_to_message: { message_id: said.message_id },
      reply_markup: { inline_keyboard: [[{ text: 'Allow' }], [{ text: 'Deny' }]] },
    })
    const target = { chatId: String(ada.id), messageId: messageIds[0] ?? '' }
    await adapter.connection.edit(target, { text: { text: 'done', entities: [] } }, signal)
    await adapter.connection.edit(target, { text: { text: 'done', entities: [] } }, signal)
    expect(ada.dm.byBot[0]).toMatchObject({ text: 'done' })
    expect(ada.dm.byBot[0]?.reply_markup).toBeUndefined()
  })

  it('goes without what it answers, where that is gone', async () => {
    const { adapter, ada, send } = await start()
    await using _ = adapter
    await send({ text: { text: 'late', entities: [] }, replyTo: '999' })
    expect(ada.dm.texts).toEqual(['late'])
  })
})

describe('a reaction', () => {
  it('is one of the list, with or without a variation selector (T-6)', async () => {
    const { adapter, ada, said } = await start()
    await using _ = adapter
    const target = { chatId: String(ada.id), messageId: String(said.message_id) }
    await adapter.connection.react(target, '❤️', signal)
    expect(ada.dm.reactionOfBot(said.message_id)).toBe('❤')
    await adapter.connection.react(target, undefined, signal)
    expect(ada.dm.reactionOfBot(said.message_id)).toBeUndefined()
    expect(await failure(adapter.connection.react(target, '✅', signal))).toMatchObject({ kind: 'refused' })
  })
})

describe('a file', () => {
  it.each([
    ['a.png', 'photo'],
    ['a.GIF', 'animation'],
    ['a.pdf', 'document'],
    ['größe "1";.txt', 'document'],
  ] as const)('%s goes as %s', async (name, kind) => {
    const { adapter, ada, send } = await start()
    await using _ = adapter
    await send({ files: [file(name, Buffer.from('bytes'))] })
    const [message] = ada.dm.byBot
    expect(message?.[kind]).toBeDefined()
    if (kind === 'document') expect(message?.document?.file_name).toBe(name.replace(/[";]/g, '_'))
  })

  it('goes as a document where it is no picture for Telegram (T-5)', async () => {
    const { adapter, ada, send } = await start()
    await using _ = adapter
    const unfit = { kind: 'status', status: 400, description: 'PHOTO_INVALID_DIMENSIONS' } as const
    adapter.telegram.faults.add({ ...unfit, method: 'sendPhoto' })
    await send({ files: [file('long.png', Buffer.from('bytes'))] })
    await send({ files: [file('large.png', Buffer.alloc(11 * 1024 * 1024, 1))] })
    expect(ada.dm.byBot.map(({ document }) => document?.file_size)).toEqual([5, 11 * 1024 * 1024])
  })

  it('is fetched, and an error page is none (S-23)', async () => {
    const { adapter, ada } = await start()
    await using _ = adapter
    const sent = ada.sends(ada.dm, content.document(Buffer.from('%PDF'), { name: 'a.pdf' }))
    const fileId = sent.document?.file_id ?? ''
    const read = async () => {
      const { body } = await adapter.connection.download({ fileId }, signal)
      const parts: Uint8Array[] = []
      for await (const part of body) parts.push(part)
      return Buffer.concat(parts).toString()
    }
    expect(await read()).toBe('%PDF')
    adapter.telegram.faults.add({ kind: 'status', status: 500, method: 'file' })
    expect(print(await failure(read()))).not.toContain(adapter.telegram.bot.token)
    adapter.telegram.faults.add({ kind: 'half', method: 'file' })
    expect(print(await failure(read()))).not.toContain(adapter.telegram.bot.token)
    const large = ada.sends(ada.dm, content.document(Buffer.from('x'), { size: 21 * 1024 * 1024 }))
    const refused = adapter.connection.download({ fileId: large.document?.file_id ?? '' }, signal)
    expect(await failure(refused)).toMatchObject({ message: 'Telegram answered 400: Bad Request: file is too big' })
  })
})

describe('a file of a server of one’s own', () => {
  const downloadAt = async (path: (token: string) => string) => {
    const telegram = await startFakeTelegram()
    await using adapter = await startAdapter({ telegram, listens: false, isSelfHosted: true })
    const { file_id } = telegram.bot.files.add({
      folder: 'x',
      extension: '',
      bytes: Buffer.from('x'),
      path: path(telegram.bot.token),
    })
    try {
      const { body, name } = await adapter.connection.download({ fileId: file_id }, signal)
      const parts: Uint8Array[] = []
      for await (const part of body) parts.push(part)
      return { name, text: Buffer.concat(parts).toString() }
    } finally {
      await telegram.close()
    }
  }

  it('is read where it lies, if it lies among those of this bot', async () => {
    await using folder = await createTempDirectory()
    const put = async (name: string) => {
      await mkdir(join(folder.path, name), { recursive: true })
      await writeFile(join(folder.path, name, 'file_1.pdf'), '%PDF')
      return join(folder.path, name, 'file_1.pdf')
    }
    const other = await put('documents')
    expect(await failure(downloadAt(() => other))).toMatchObject({ kind: 'refused' })
    expect(await failure(downloadAt((token) => `/${token}/../../etc/passwd`))).toMatchObject({ kind: 'refused' })
    const found = downloadAt((token) => {
      mkdirSync(join(folder.path, token))
      copyFileSync(other, join(folder.path, token, 'file_1.pdf'))
      return join(folder.path, token, 'file_1.pdf')
    })
    expect(await found).toEqual({ name: 'file_1.pdf', text: '%PDF' })
  })
})

describe('a failure', () => {
  const cases: readonly (readonly [string, (adapter: Adapter) => unknown, object])[] = [
    [
      '429',
      ({ telegram }) => telegram.faults.add({ kind: 'status', status: 429, retryAfter: 3 }),
      { kind: 'unsent', retryAfterMs: 3000 },
    ],
    ['500', ({ telegram }) => telegram.faults.add({ kind: 'status', status: 500 }), { kind: 'unknown' }],
    ['a lost answer', ({ telegram }) => telegram.faults.add({ kind: 'drop', after: true }), { kind: 'unknown' }],
    ['a reset', ({ telegram }) => telegram.faults.add({ kind: 'reset', after: true }), { kind: 'unknown' }],
    ['half an answer', ({ telegram }) => telegram.faults.add({ kind: 'half' }), { kind: 'unknown' }],
    ['no network', ({ telegram }) => telegram.offline(), { kind: 'unsent' }],
    [
      'a refusal',
      ({ telegram }) =>
        telegram.faults.add({ kind: 'status', status: 403, description: 'bot was blocked by the user' }),
      { kind: 'refused', message: 'Telegram answered 403: Forbidden: bot was blocked by the user' },
    ],
    ['a revoked token', ({ telegram }) => telegram.bot.revoke(), { kind: 'unauthorized' }],
  ]

  it.each(cases)('by %s says whether it may have arrived, and holds no token', async (_name, cause, expected) => {
    const { adapter, send } = await start()
    await using _ = adapter
    const { token } = adapter.telegram.bot
    await cause(adapter)
    const error = await failure(send({ text: { text: 'x', entities: [] } }))
    expect(error).toMatchObject(expected)
    expect(print(error)).not.toContain(token)
    expect(print(error)).not.toContain(token.split(':')[1])
  })

  it('of a chat that can not be is told before anything is asked', async () => {
    const { adapter } = await start()
    await using _ = adapter
    expect(await adapter.connection.place('toString', signal)).toBeUndefined()
    expect(await adapter.connection.place('-1001', signal)).toEqual({ chat: '-1001' })
    expect(await adapter.connection.place('42', signal)).toEqual({ chat: '42', sender: '42' })
    const target = { chatId: '42', messageId: 'toString' }
    expect(await failure(adapter.connection.react(target, '👍', signal))).toMatchObject({ kind: 'refused' })
  })

  it('has its words cleaned of anything like a token', () => {
    const token = '7000000001:AAabcdefghijklmnopqrstuvwxyz0123456'
    expect(scrub(`https://api.telegram.org/bot${token}/getMe`, token)).toBe('https://api.telegram.org/bot<token>/getMe')
    expect(scrub(`other ${token}`, '')).toBe('other <token>')
  })
})
