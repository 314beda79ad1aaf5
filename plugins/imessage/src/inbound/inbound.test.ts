/** Every kind of row as the agent reads it: who, where, what it answers, what hangs on it; and what is no message. */
import { content, type FakeMessages, type WriteOptions } from '@backchannel/testkit/imessage'
import { describe, expect, it } from 'vitest'
import { type Adapter, startAdapter } from '../adapter.fixture.ts'

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

async function hear(act: (fake: FakeMessages) => void, env: Readonly<Record<string, string>> = {}): Promise<Adapter> {
  const made = await startAdapter({ env })
  act(made.fake)
  await made.settled()
  return made
}

async function read(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe.concurrent('a message', () => {
  it.each<[string, WriteOptions]>([
    ['short', {}],
    ['x'.repeat(127), {}],
    ['x'.repeat(128), {}],
    ['ä'.repeat(150), {}],
    ['x'.repeat(70_000), {}],
    ['in its column', { body: 'text' }],
    ['as older systems write it', { isMutable: true }],
    ['two\nlines, "quoted" – 👩‍👩‍👧', { body: 'both' }],
  ])('has all of its words, wherever they stand (I-1): %.30s', async (words, options) => {
    await using made = await hear((fake) => {
      const bob = fake.person('+15550101')
      bob.says(bob.dm, words, options)
    })
    expect(made.messages[0]).toMatchObject({
      text: words,
      chat: { id: 'any;-;+15550101', kind: 'direct' },
      sender: { id: '+15550101', isBot: false },
      edited: false,
      mentionsMe: false,
    })
  })

  it('of a group has its name and who is in it, and is for us where the owner is mentioned or the agent answered', async () => {
    await using made = await startAdapter()
    const { fake } = made
    const bob = fake.person('+15550101')
    const eve = fake.person('Eve@Example.com')
    const group = fake.group({ name: 'Build', members: [bob, eve] })
    bob.says(group, 'to everybody')
    eve.says(group, content.mentioning('hi ', { '@Ada': '+15550100' }))
    await made.send(group.guid, 'from the agent')
    const [sent] = fake.sent(group.guid)
    const original = sent?.rows[0]
    if (!original) throw new Error('nothing was sent')
    bob.says(group, 'thanks', { replyTo: original })
    fake.owner.says(group, 'of the owner, to the others')
    group.renames(bob, 'Builds')
    bob.says(group, 'renamed')
    group.leaves(eve)
    await made.settled()
    expect(made.messages.map(({ text, mentionsMe }) => [text, mentionsMe])).toEqual([
      ['to everybody', false],
      ['hi @Ada', true],
      ['thanks', true],
      ['renamed', false],
    ])
    expect(made.messages[2]?.replyTo).toMatchObject({ text: 'from the agent', isMine: true })
    expect(made.messages[0]).toMatchObject({
      chat: { kind: 'group', title: 'Build' },
      meta: { chat_participants: '+15550101, Eve@Example.com' },
    })
    expect(made.messages[3]?.chat.title).toBe('Builds')
  })

  it('that answers another one quotes it', async () => {
    await using made = await hear((fake) => {
      const bob = fake.person('+15550101')
      const first = bob.says(bob.dm, 'shall we?')
      const mine = fake.owner.says(bob.dm, 'we shall')[0]
      bob.says(bob.dm, 'well then', { replyTo: first })
      if (mine) bob.says(bob.dm, 'good', { replyTo: mine })
    })
    expect(made.messages.map(({ replyTo }) => replyTo)).toEqual([
      undefined,
      { messageId: expect.any(String), text: 'shall we?', sender: '+15550101' },
      { messageId: expect.any(String), text: 'we shall', sender: 'the owner' },
    ])
  })

  it('that is changed, or unsent, comes once more as that (I-7)', async () => {
    await using made = await startAdapter()
    const { fake } = made
    const bob = fake.person('+15550101')
    const draft = bob.says(bob.dm, 'draft')
    const mistake = bob.says(bob.dm, 'mistake')
    const other = bob.says(bob.dm, 'another mistake')
    await made.received(3)
    bob.edits(draft, 'final')
    bob.unsends(mistake)
    bob.unsends(other, { marks: 'retracted' })
    const messages = (await made.received(6)).slice(3)
    expect(messages.map(({ text, placeholder, edited, id }) => [text, placeholder, edited, id])).toEqual([
      ['final', undefined, true, draft.guid],
      ['', '(message unsent)', true, mistake.guid],
      ['', '(message unsent)', true, other.guid],
    ])
    expect(messages[0]?.meta).toEqual({ edited_from: 'draft' })
    expect(new Set(made.messages.map(({ deliveryId }) => deliveryId)).size).toBe(6)
    await using next = await made.restart()
    await next.settled()
    bob.edits(draft, 'final, again')
    expect((await next.received(1)).map(({ text }) => text)).toEqual(['final, again'])
  })

  it('of a company is one of a bot', async () => {
    await using made = await hear((fake) => {
      const shop = fake.person('urn:biz:0815')
      shop.says(shop.dm, 'buy now')
    })
    expect(made.messages[0]?.sender).toMatchObject({ id: 'urn:biz:0815', isBot: true })
  })

  it('over SMS or RCS is not heard, and that is said once; a setting lets it in (I-12)', async () => {
    const act = (fake: FakeMessages) => {
      const bob = fake.person('+15550101', 'SMS')
      const forged = fake.person('+15550100', 'SMS')
      const rcs = fake.person('+15550103', 'RCS')
      for (const one of [bob, forged, rcs]) one.says(one.dm, `hello from ${one.address}`)
    }
    await using made = await hear(act)
    expect(made.messages).toEqual([])
    expect(made.lines.filter((line) => line.includes('IMESSAGE_ALLOW_SMS=true'))).toHaveLength(1)
    await using open = await hear(act, { IMESSAGE_ALLOW_SMS: 'true' })
    expect(open.messages.map(({ sender, meta }) => [sender?.id, sender?.isOwner, meta?.['service']])).toEqual([
      ['+15550101', undefined, 'SMS'],
      // The owner's own number, which anybody can put on an SMS, makes nobody the owner.
      ['sms:+15550100', undefined, 'SMS'],
      ['+15550103', undefined, 'RCS'],
    ])
  })
})

describe.concurrent('a chat with oneself', () => {
  it.each(['both', 'sent', 'received', 'receipt'] as const)('is heard once, with the rows "%s" (I-3)', async (rows) => {
    await using made = await hear((fake) => {
      for (const words of ['one', 'two', 'two']) fake.owner.says(fake.owner.selfChat(), words, { rows })
      fake.owner.sends(fake.owner.selfChat(), content.picture(PNG), { rows: 'both', words: 'three' })
    })
    expect(made.messages.map(({ text }) => text)).toEqual(['one', 'two', 'two', 'three'])
    expect(made.messages[0]?.sender).toEqual({ id: '+15550100', isBot: false, isOwner: true })
  })

  it('is known under every own address, also one that comes up while it is read (I-3)', async () => {
    await using made = await startAdapter()
    const { fake } = made
    fake.owner.says(fake.owner.selfChat('ada@example.com'), 'by e-mail')
    const bob = fake.person('+15550101')
    fake.signIn('Ada@Work.example')
    fake.owner.says(bob.dm, 'from the new address', { from: 'Ada@Work.example' })
    fake.owner.says(fake.owner.selfChat('ada@work.example'), 'to the new address', { from: '+15550100' })
    await made.settled()
    expect(made.messages.map(({ text, sender }) => [text, sender?.isOwner])).toEqual([
      ['by e-mail', true],
      ['to the new address', true],
    ])
  })

  it('has one event of an edit, and of a reaction', async () => {
    await using made = await startAdapter()
    const { fake } = made
    const rows = fake.owner.says(fake.owner.selfChat(), 'draft')
    await made.received(1)
    for (const row of rows) fake.owner.edits(row, 'final')
    await made.received(2)
    const [first] = rows
    if (first) fake.owner.reacts(first, 'like')
    await made.settled()
    expect(made.messages.map(({ text, edited }) => [text, edited])).toEqual([
      ['draft', false],
      ['final', true],
    ])
    expect(made.reactions).toMatchObject([{ emoji: ['👍'], sender: { isOwner: true } }])
  })
})

it('a reaction is one and no message, and can be taken back (I-7)', async () => {
  await using made = await hear((fake) => {
    const bob = fake.person('+15550101')
    const said = bob.says(bob.dm, 'hello')
    for (const kind of ['love', 'question', { emoji: '🎉' }, 'sticker'] as const) bob.reacts(said, kind)
    bob.reacts(said, 'love', { isRemoved: true })
    bob.reacts(said, 'like', { part: 'bubble' })
  })
  expect(made.messages.map(({ text }) => text)).toEqual(['hello'])
  expect(made.reactions.map(({ emoji }) => emoji)).toEqual([['❤️'], ['❓'], ['🎉'], ['(sticker)'], [], ['👍']])
  expect(new Set(made.reactions.map(({ messageId }) => messageId))).toEqual(new Set([made.messages[0]?.id]))
})

describe.concurrent('a file', () => {
  it.each([
    ['photo', content.picture(PNG), 'photo', '(image)'],
    ['HEIC', content.photo(PNG), 'photo', '(image)'],
    ['document', content.document(PNG), 'document', '(document: report.pdf)'],
    ['video', content.video(PNG), 'video', '(video)'],
    ['voice message', content.voice(PNG), 'voice', '(voice message)'],
    ['contact', content.contact(PNG), 'contact', '(contact: Grace Hopper.vcf)'],
    ['place', content.location(PNG), 'location', '(location)'],
    ['sticker', content.sticker(PNG), 'sticker', '(sticker)'],
    ['of no known kind', content.unknown(PNG), 'document', '(document: data.xyz)'],
  ])('is what it is (I-8): %s', async (_, file, kind, placeholder) => {
    await using made = await hear((fake) => {
      const bob = fake.person('+15550101')
      bob.sends(bob.dm, file)
      bob.sends(bob.dm, [file, file], { words: 'two of them' })
    })
    expect(made.messages[0]).toMatchObject({ text: '', placeholder, attachments: [{ kind, name: file.name }] })
    expect(made.messages[1]).toMatchObject({ text: 'two of them', attachments: [{ kind }, { kind }] })
  })

  const first = async (made: Adapter) => {
    const [message] = await made.received(1)
    const { attachments = [], chat, id = '' } = message ?? {}
    const [file] = attachments
    return { fileId: file?.fileId ?? '', chatId: chat?.id ?? '', messageId: id }
  }
  const signal = new AbortController().signal

  it('is opened where Messages keeps it; a HEIC comes as a JPEG, or as it is where that can not be made', async () => {
    await using made = await hear((fake) => {
      const bob = fake.person('+15550101')
      bob.sends(bob.dm, content.photo(PNG))
    })
    const reference = await first(made)
    const { body, name } = await made.connection.download(reference, signal)
    expect([name, (await read(body)).subarray(0, 3).toString('hex')]).toEqual(['IMG_0001.HEIC.jpg', 'ffd8ff'])
    await using bare = await startAdapter({ fake: made.fake, env: { IMESSAGE_TEST_PROGRAMS: '/nowhere' } })
    expect(await read((await bare.connection.download(reference, signal)).body)).toEqual(PNG)
  })

  it('that is in the cloud still is waited for, and told apart from one that is gone', async () => {
    await using made = await hear((fake) => {
      const bob = fake.person('+15550101')
      bob.sends(bob.dm, content.picture(PNG, { isPending: true }))
    })
    const reference = await first(made)
    await expect(made.connection.download(reference, signal)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('not fetched this file from the cloud yet'),
    })
    const chatId = 'any;-;+15550199'
    await expect(made.connection.download({ ...reference, chatId }, signal)).rejects.toThrow('no such file')
    expect(await made.connection.attachments?.({ ...reference, chatId }, signal)).toEqual([])
    expect(await made.connection.attachments?.(reference, signal)).toHaveLength(1)
  })

  it('outside of the folder of Messages is none', async () => {
    await using made = await hear((fake) => {
      const bob = fake.person('+15550101')
      bob.sends(bob.dm, content.picture(PNG))
      fake.database.run("UPDATE attachment SET filename = '/etc/hostname', total_bytes = 1")
    })
    await expect(made.connection.download(await first(made), signal)).rejects.toThrow(
      'outside of the folder of Messages',
    )
  })
})

it('two thousand messages at once come in their order, batch after batch, as they were written', async () => {
  await using made = await startAdapter({ listens: false })
  const { fake } = made
  const bob = fake.person('+15550101')
  const classes = ['plain ascii ', 'ümläute ', '漢字 ', '👩‍👩‍👧 ', 'line\nbreak ', '"quotes" ']
  const words = (at: number) => {
    const part = classes[at % classes.length] ?? ''
    // Around the lengths at which the archive changes its form, and some long ones.
    const length = at % 500 === 0 ? 40_000 : 1 + ((at * 7) % 300)
    return `${at} ${part.repeat(Math.ceil(length / part.length))}`
  }
  const bodies = ['attributed', 'text', 'both'] as const
  const expected: string[] = []
  await made.connection.close()
  await using reader = await startAdapter({ fake })
  fake.database.transaction(() => {
    for (let at = 0; at < 2_000; at += 1) {
      const isMutable = at % 4 === 0
      expected.push(bob.says(bob.dm, words(at), { body: bodies[at % 3] ?? 'both', isMutable }).text)
    }
  })
  await reader.received(2_000)
  expect(reader.messages.map(({ text }) => text)).toEqual(expected)
})
