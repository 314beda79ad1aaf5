/**
 * A new user's first minutes with the built command, a Messages of the test kit and the demo agent, on any system: text
 * yourself, get an answer, let a friend and a group in, and approve a command in the chat with yourself.
 */
import { waitFor } from '@backchannel/testkit'
import { content, type FakeMessages, startFakeMessages } from '@backchannel/testkit/imessage'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createProject, type Project } from './support/command.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAYAAAC56t6BAAAAEUlEQVR4nGP8z8DwnwEJMCJzAD3hAwHJCGQhAAAAAElFTkSuQmCC',
  'base64',
)

let project: Project
let messages: FakeMessages
beforeEach(async () => {
  project = await createProject()
  messages = await startFakeMessages()
  project.env['IMESSAGE_DB_PATH'] = messages.database.path
  await project.write('notes.txt', 'notes')
})
afterEach(async () => {
  await project[Symbol.asyncDispose]()
  await messages.close()
})

const entry = ['--channels', 'plugin:imessage@backchannel', '--input-format', 'stream-json'] as const

test('from a text to oneself to an approval', { timeout: 60_000 }, async () => {
  project.env['IMESSAGE_TEST_PROGRAMS'] = messages.osascript.directory
  const { owner } = messages
  const bob = messages.person('+15550101')
  const eve = messages.person('+15550102')
  const group = messages.group({ name: 'Team', members: [bob, eve] })
  owner.says(bob.dm, 'written before')
  const self = owner.selfChat()
  const inChat = (chat: string, pattern: RegExp) =>
    waitFor(() => messages.sent(chat).find(({ text }) => pattern.test(text)), { what: `${pattern} in ${chat}` })

  const session = project.start(...entry)
  await session.event('channel.registered', ({ source }) => source === 'imessage')
  await session.event('notice', ({ message }) => message === 'imessage: connected to iMessage')

  owner.says(self, "what's in my working directory?")
  const listing = await inChat(self.guid, /notes\.txt/)
  expect(listing.text).toMatch(/\nSent by an agent$/)

  owner.sends(self, content.picture(PNG), { words: 'what is this?' })
  await inChat(self.guid, /PNG picture, 2×3/)

  // Not let in: nothing of it is heard, and nothing answered.
  bob.says(bob.dm, 'am I heard?')
  bob.says(group, 'are we?')
  await session.event('notice', ({ message }) => message.includes(`group add ${group.guid}`))
  session.send({ type: 'command', text: '/imessage:access allow +1-555-0101' })
  session.send({ type: 'command', text: `/imessage:access group add ${group.guid} --no-mention` })
  await session.event('notice', ({ message }) => /Group .* is heard: /.test(message))
  bob.says(bob.dm, 'and now?')
  await inChat(bob.dm.guid, /and now\?/)
  eve.says(group, 'hello from the group')
  await inChat(group.guid, /hello from the group/)
  eve.says(eve.dm, 'a stranger')

  owner.says(self, 'run: echo it-ran')
  const prompt = await inChat(self.guid, /echo it-ran[\s\S]*Answer: yes [a-km-z]{5}/)
  const id = /yes ([a-km-z]{5})/.exec(prompt.text)?.[1]
  bob.says(bob.dm, `yes ${id}`)
  // A message like any other: it waits until the turn is over.
  await session.event('event.received', ({ content: text }) => text === `yes ${id}`)
  owner.says(owner.selfChat('ada@example.com'), `Yes ${id}`)
  await inChat(self.guid, /^\$[\s\S]*it-ran/)

  // Its own words have come back in two rows each, and none of them as a message.
  const heard = session.events.flatMap((event) => (event.type === 'event.received' ? event.content : []))
  expect(heard).toEqual([
    "what's in my working directory?",
    'what is this?',
    'and now?',
    'hello from the group',
    'run: echo it-ran',
    `yes ${id}`,
  ])
  expect(messages.sent(eve.dm.guid)).toEqual([])
  expect(messages.sent(bob.dm.guid).every(({ text }) => !text.includes('🔐'))).toBe(true)
  expect((await session.end()).code).toBe(0)
})

test('on a system without Messages it says so, and the session goes on', { timeout: 30_000 }, async () => {
  if (process.platform === 'darwin') return
  const session = project.start(...entry)
  await session.event('notice', ({ message }) => /imessage: error: iMessage needs a Mac/.test(message))
  expect((await session.end()).code).toBe(0)
})
