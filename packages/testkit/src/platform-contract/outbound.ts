/** What goes out: where the agent may write, in which pieces, and what happens when the platform fails in the middle. */
import assert from 'node:assert/strict'
import { link, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PlatformCheck } from './check.ts'

export const OUTBOUND_CHECKS: readonly PlatformCheck[] = [
  {
    title: 'sends what the agent answers, and says under which id',
    async run({ call, descriptor, fake }) {
      const { owner } = descriptor.people
      const { text } = await call('reply', { chat_id: owner.chat, text: 'Hi **there**' })
      const [message] = fake.sent(owner.chat)
      assert.equal(text, descriptor.limits.ids ? `sent (id: ${message?.id})` : 'sent')
      assert.match(message?.text ?? '', /there/)
    },
  },
  {
    title: 'sends a long answer in pieces that are whole, in order',
    faults: ['S-21'],
    async run({ call, descriptor, fake }) {
      const { people, textUnits } = descriptor
      const words = Array.from({ length: textUnits }, (_, at) => `word${at}`)
      const { text } = await call('reply', { chat_id: people.owner.chat, text: words.join(' ') })
      const messages = fake.sent(people.owner.chat)
      const ids = descriptor.limits.ids ? ` (ids: ${messages.map(({ id }) => id).join(', ')})` : ''
      assert.equal(text, `sent ${messages.length} parts${ids}`)
      assert.equal(
        messages
          .map((message) => message.text)
          .join('')
          .replace(/\s/g, ''),
        words.join(''),
      )
    },
  },
  {
    title: 'refuses chats that nobody has added, by any name',
    faults: ['S-13'],
    async run({ call, descriptor, fake }) {
      const { stranger, group } = descriptor.people
      for (const chat of [stranger.chat, group, 'toString', '__proto__', 'constructor']) {
        for (const [tool, more] of [['reply', { text: 'x' }]] as const) {
          const { text, isError } = await call(tool, { chat_id: chat, ...more })
          assert.equal(isError, true)
          const words = text.replace(` ${chat} `, ' CHAT ')
          assert.match(words, new RegExp(`^${tool} failed: \\w+ CHAT is not allowlisted — add via /\\w+:access$`))
        }
        assert.deepEqual(fake.sent(chat), [])
      }
    },
  },
  {
    title: 'edits a message of its own, and reacts',
    needs: 'edit',
    async run({ call, descriptor, fake, write, nextEvent }) {
      const { owner } = descriptor.people
      const id = await write('hello')
      await nextEvent('hello')
      await call('reply', { chat_id: owner.chat, text: 'working' })
      const sent = fake.sent(owner.chat)[0]
      const edited = await call('edit_message', { chat_id: owner.chat, message_id: sent?.id, text: 'done' })
      assert.equal(edited.text, `edited (id: ${sent?.id})`)
      assert.equal(fake.sent(owner.chat)[0]?.text, 'done')
      if (!descriptor.limits.react) return
      assert.equal((await call('react', { chat_id: owner.chat, message_id: id, emoji: '👍' })).text, 'reacted')
      assert.deepEqual(fake.reactions(owner.chat, id), ['👍'])
    },
  },
  {
    title: 'sends files, and never the state of a channel, a key or a secret',
    faults: ['S-11'],
    needs: 'files',
    async run({ call, descriptor, fake, directory, host }) {
      const { owner } = descriptor.people
      const file = join(host.home, 'report.txt')
      await writeFile(file, 'all good')
      const secret = join(host.home, '.env')
      await writeFile(secret, 'TOKEN=1')
      const other = join(host.home, 'innocent.txt')
      await link(join(directory, 'access.json'), other)
      for (const [path, words] of [
        [join(directory, 'access.json'), 'refusing to send channel state'],
        [other, 'refusing to send channel state'],
        [secret, 'refusing to send what may be a key or a secret'],
      ]) {
        const { text, isError } = await call('reply', { chat_id: owner.chat, text: 'see', files: [file, path] })
        assert.equal(isError, true)
        assert.equal(text, `reply failed: ${words}: ${path}`)
      }
      assert.deepEqual(fake.sent(owner.chat), [])
      await call('reply', { chat_id: owner.chat, text: 'see', files: [file] })
      assert.deepEqual(
        fake.sent(owner.chat).flatMap(({ files }) => files),
        [{ name: 'report.txt', size: 8 }],
      )
    },
  },
  {
    title: 'fetches a file when the agent asks, and not while it is disabled',
    needs: 'files',
    async run({ call, setAccess, write, nextEvent, descriptor, directory }) {
      if (descriptor.downloads === undefined) return
      await write('hello')
      const event = await nextEvent('hello')
      const { text } = await call('download_attachment', descriptor.downloads(event))
      assert.ok(text.includes(join(directory, 'inbox')), text)
      await setAccess({ dmPolicy: 'disabled' })
      const { isError } = await call('download_attachment', descriptor.downloads(event))
      assert.equal(isError, true)
    },
  },
  {
    title: 'says that it may be a repeat where a message was sent and the answer lost',
    async run({ call, descriptor, fake }) {
      const { owner } = descriptor.people
      fake.fail({ kind: 'lose-answer' })
      await call('reply', { chat_id: owner.chat, text: 'once' })
      const texts = fake.sent(owner.chat).map(({ text }) => text)
      assert.equal(texts[0], 'once')
      assert.ok(
        texts.length === 1 || /\(may be a repeat\)/.test(texts[1] ?? ''),
        `sent twice without a label: ${texts}`,
      )
    },
  },
  {
    title: 'says what was sent where the platform refuses the rest',
    faults: ['T-5'],
    async run({ call, descriptor, fake, untilSent }) {
      const { people, textUnits } = descriptor
      const { chat } = people.owner
      fake.fail({ kind: 'refuse' })
      const refused = await call('reply', { chat_id: chat, text: 'short' })
      assert.equal(refused.isError, true)
      assert.match(refused.text, /^reply failed: /)
      assert.deepEqual(fake.sent(chat), [])
      // Of a long one, the second piece: refused as soon as the first is there.
      const long = call('reply', { chat_id: chat, text: 'x '.repeat(textUnits * 4) })
      await untilSent(chat, 1)
      fake.fail({ kind: 'refuse' })
      const { text, isError } = await long
      if (isError)
        assert.match(text, /^reply failed: \d+ of \d+ parts (was|were) sent( \(ids: [^)]+\))?, not the rest: /)
    },
  },
  {
    title: 'waits as the platform asks, for the one chat alone',
    faults: ['T-10'],
    async run({ call, descriptor, fake }) {
      const { owner, friend } = descriptor.people
      fake.fail({ kind: 'throttle', chat: owner.chat, waitMs: 1_000 })
      const order: string[] = []
      const slow = call('reply', { chat_id: owner.chat, text: 'later' }).then(() => order.push('throttled'))
      await call('reply', { chat_id: friend.chat, text: 'now' }).then(() => order.push('other'))
      await slow
      assert.deepEqual(order, ['other', 'throttled'])
      assert.equal(fake.sent(owner.chat).length, 1)
    },
  },
  {
    title: 'sends once more, with a label unless the platform knows it again, what it was sending when it was killed',
    async run({ descriptor, fake, host, crash, untilSent, write, nextEvent }) {
      const { owner } = descriptor.people
      const { deduplicates = false } = descriptor.limits
      fake.fail({ kind: 'hang' })
      // Never answered: its process is killed while the platform has the message and has not said so.
      host.callTool('reply', { chat_id: owner.chat, text: 'in the middle' }).catch(() => {})
      await untilSent(owner.chat, 1)
      const next = await crash()
      await next.waitForStderr(/an earlier session was sending was sent once more/)
      const [once, again] = await untilSent(owner.chat, deduplicates ? 1 : 2)
      if (deduplicates) assert.equal(once?.text, 'in the middle')
      else assert.match(again?.text ?? '', /^in the middle\s+\(may be a repeat\)$/)
      await crash()
      await write('still there')
      await nextEvent('still there')
      assert.equal(fake.sent(owner.chat).length, deduplicates ? 1 : 2)
    },
  },
  {
    title: 'goes on with the rest of a long answer after a crash, and labels the one part that may be a repeat',
    async run({ descriptor, fake, host, crash, until, untilSent }) {
      const { people, textUnits } = descriptor
      const { chat } = people.owner
      const words = Array.from({ length: textUnits / 2 }, (_, at) => `word${at}`)
      fake.fail({ kind: 'hang' })
      host.callTool('reply', { chat_id: chat, text: words.join(' ') }).catch(() => {})
      await untilSent(chat, 1)
      await crash()
      const last = words.at(-1) ?? ''
      await until('the last part', () => fake.sent(chat).at(-1)?.text.endsWith(last) === true)
      const texts = fake.sent(chat).map(({ text }) => text)
      const { deduplicates = false } = descriptor.limits
      // Where the platform knows it again, the part that was cut off is there once, with the others.
      const [cutOff, ...rest] = deduplicates ? [texts[0] ?? '', ...texts] : texts
      const labels = rest.filter((text) => text.includes('(may be a repeat)'))
      assert.equal(labels.length, deduplicates ? 0 : 1)
      const seen = rest.join('').replace(/\(may be a repeat\)|\s/g, '')
      assert.equal(seen, words.join(''))
      assert.ok(seen.startsWith((cutOff ?? '').replace(/\s/g, '')))
    },
  },
  {
    title: 'sends nothing again to a chat that was taken off the list meanwhile',
    async run({ descriptor, fake, host, crash, setAccess, untilSent }) {
      const { owner, friend } = descriptor.people
      fake.fail({ kind: 'hang' })
      host.callTool('reply', { chat_id: friend.chat, text: 'cut off' }).catch(() => {})
      await untilSent(friend.chat, 1)
      await setAccess({ allowFrom: [owner.id] })
      const next = await crash()
      await next.waitForStderr(/was not sent again: its chat may not be written to any more/)
      assert.equal(fake.sent(friend.chat).length, 1)
    },
  },
]
