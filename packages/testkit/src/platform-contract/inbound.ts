/** What comes in: who is let in, what the agent is told, in which order, and that nothing is lost or doubled. */
import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { PlatformCheck } from './check.ts'

export const INBOUND_CHECKS: readonly PlatformCheck[] = [
  {
    title: 'passes a message of somebody on the list on, with the official attributes, and then confirms it',
    faults: ['S-8'],
    async run({ until, write, nextEvent, fake, descriptor }) {
      const { owner } = descriptor.people
      const id = await write('hello')
      const { meta } = await nextEvent('hello')
      assert.deepEqual(Object.keys(meta ?? {}).slice(0, 5), ['chat_id', 'message_id', 'user', 'user_id', 'ts'])
      assert.equal(meta?.['chat_id'], owner.chat)
      assert.equal(meta?.['message_id'], id)
      assert.equal(meta?.['user_id'], owner.id)
      assert.equal(meta?.['chat_type'], 'direct')
      assert.match(meta?.['ts'] ?? '', /^\d{4}-\d\d-\d\dT/)
      await until('the message to be confirmed', () => fake.isConfirmed(id))
    },
  },
  {
    title: 'shows a stranger the code and nothing else, twice at most, and lets nobody in by it',
    faults: ['T-7'],
    async run({ fake, descriptor, untilSent, eventsStay, write }) {
      const { stranger, owner } = descriptor.people
      for (const text of ['/start', 'let me in', 'please']) await write(text, { chat: stranger.chat, sender: stranger })
      const [first, second] = await untilSent(stranger.chat, 2)
      assert.match(first?.text ?? '', /^Pairing required .*\n\n\/\w+:access pair [0-9a-f]{6}$/)
      assert.match(second?.text ?? '', /^Still pending /)
      await write('after it')
      await eventsStay(['after it'])
      assert.equal(fake.sent(stranger.chat).length, 2)
      assert.equal(fake.sent(owner.chat).length, 0)
    },
  },
  {
    title: 'lets in whom the operator pairs, and tells them',
    async run({ host, descriptor, untilSent, write, nextEvent }) {
      const { stranger } = descriptor.people
      await write('hi', { chat: stranger.chat, sender: stranger })
      const [shown] = await untilSent(stranger.chat, 1)
      const code = /pair ([0-9a-f]{6})/.exec(shown?.text ?? '')?.[1]
      await host.request('backchannel/access', { args: ['pair', code] })
      const all = await untilSent(stranger.chat, 2)
      assert.match(all[1]?.text ?? '', /^Paired!/)
      await write('now I am in', { chat: stranger.chat, sender: stranger })
      await nextEvent('now I am in')
    },
  },
  {
    title: 'hears a group that was added, when it is mentioned, and no other',
    async run({ descriptor, write, setAccess, eventsStay, nextEvent }) {
      const { group, friend, stranger, bot } = descriptor.people
      const inGroup = (text: string, more: object) => write(text, { chat: group, isGroup: true, ...more })
      await inGroup('not added', { sender: friend, mentions: true })
      await write('a')
      await nextEvent('a')
      await setAccess({ groups: { [group]: { requireMention: true, allowFrom: [] } } })
      await inGroup('no mention', { sender: friend })
      await inGroup('of a bot', { sender: bot, mentions: true, isBot: true })
      await inGroup('with mention', { sender: stranger, mentions: true })
      await nextEvent('with mention')
      await eventsStay(['a', 'with mention'])
    },
  },
  {
    title: 'hears nobody while the policy is disabled, and sends nothing',
    faults: ['S-16'],
    async run({ until, descriptor, write, setAccess, call, eventsStay, fake, nextEvent }) {
      const { owner } = descriptor.people
      await write('before')
      await nextEvent('before')
      await setAccess({ dmPolicy: 'disabled' })
      const id = await write('while disabled')
      await until('the message to be settled', () => fake.isConfirmed(id))
      const { text, isError } = await call('reply', { chat_id: owner.chat, text: 'no' })
      assert.equal(isError, true)
      assert.match(text, /^reply failed: .*disabled/)
      await eventsStay(['before'])
      assert.equal(fake.sent(owner.chat).length, 0)
    },
  },
  {
    title: 'lets nobody in by an access file that is broken',
    faults: ['S-6'],
    async run({ until, directory, descriptor, write, fake, host, eventsStay, setAccess, nextEvent }) {
      const { stranger } = descriptor.people
      await write('before')
      await nextEvent('before')
      const { writeFile } = await import('node:fs/promises')
      await writeFile(join(directory, 'access.json'), '{"allowFrom": ["')
      const ids = [await write('lost'), await write('stranger', { chat: stranger.chat, sender: stranger })]
      await until('the messages to be settled', () => ids.every((id) => fake.isConfirmed(id)))
      assert.equal(await readFile(join(directory, 'access.json'), 'utf8'), '{"allowFrom": ["')
      assert.match(host.stderr, /access\.json/)
      assert.equal(fake.sent(stranger.chat).length, 0)
      await setAccess({})
      await write('after')
      await nextEvent('after')
      await eventsStay(['before', 'after'])
    },
  },
  {
    title: 'marks what was forwarded or edited, and shows no stranger a code for an edit',
    faults: ['S-19'],
    async run({ descriptor, write, fake, nextEvent }) {
      const { owner, stranger } = descriptor.people
      if (descriptor.limits.forwards !== false) {
        await write('their words', { forwardedFrom: 'Somebody <else>' })
        assert.equal((await nextEvent('their words')).meta?.['forwarded_from'], 'Somebody _else_')
      }
      const id = await write('draft')
      await nextEvent('draft')
      await fake.edit({ id, chat: owner.chat, sender: owner, text: 'final' })
      assert.equal((await nextEvent('final')).meta?.['edited'], 'true')
      await fake.edit({ id: '999', chat: stranger.chat, sender: stranger, text: 'edited by a stranger' })
      await write('end')
      await nextEvent('end')
      assert.equal(fake.sent(stranger.chat).length, 0)
    },
  },
  {
    title: 'keeps the order of a chat behind a slow picture, and holds up no other chat',
    faults: ['T-4', 'S-22'],
    needs: 'files',
    async run({ until, descriptor, write, fake, host, nextEvent }) {
      const { friend } = descriptor.people
      const release = fake.holdDownload('slow')
      const id = await write('with a picture', { photo: 'slow' })
      await write('behind it')
      await write('elsewhere', { chat: friend.chat, sender: friend })
      await nextEvent('elsewhere')
      await until('the picture to be confirmed before it is fetched', () => fake.isConfirmed(id))
      assert.deepEqual(
        host.events.map(({ content }) => content),
        ['elsewhere'],
      )
      release()
      await nextEvent('behind it')
      assert.deepEqual(
        host.events.map(({ content }) => content),
        ['elsewhere', 'with a picture', 'behind it'],
      )
      const path = host.events[1]?.meta?.['image_path'] ?? ''
      assert.match(path, /[/\\]inbox[/\\]\d{13}-\w+\.png$/)
      if (process.platform !== 'win32') assert.equal((await stat(path)).mode & 0o077, 0)
    },
  },
  {
    title: 'makes one event of an album',
    faults: ['T-8'],
    needs: 'albums',
    async run({ write, nextEvent, eventsStay }) {
      for (const [at, text] of ['the album', '', ''].entries()) await write(text, { photo: `p${at}`, album: 'a1' })
      await write('after it')
      const { meta } = await nextEvent('the album')
      assert.deepEqual(
        ['image_path', 'image_path_2', 'image_path_3'].map((key) => key in (meta ?? {})),
        [true, true, true],
      )
      await nextEvent('after it')
      await eventsStay(['the album', 'after it'])
    },
  },
  {
    title: 'delivers once what the platform hands out again, and what it had stored when it was killed',
    faults: ['S-8'],
    needs: 'files',
    async run({ until, write, fake, crash, host, nextEvent }) {
      const release = fake.holdDownload('held')
      const id = await write('picture', { photo: 'held' })
      await write('text behind')
      await until('both to be stored', () => fake.isConfirmed(id))
      assert.deepEqual(host.events, [])
      await crash()
      release()
      await nextEvent('picture')
      await nextEvent('text behind')
      // Its own queue is read from the start by the new process.
      await write('new')
      await nextEvent('new')
    },
  },
  {
    title: 'gets over a connection that breaks',
    async run({ write, fake, nextEvent, eventsStay }) {
      await write('one')
      await nextEvent('one')
      fake.fail({ kind: 'break-receiving' })
      await write('two')
      await write('three')
      await nextEvent('three')
      await eventsStay(['one', 'two', 'three'])
    },
  },
]
