/** Faults of the official iMessage server, by their ids: the built plugin is free of them. What needs no process is in the tests beside the code. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FakeHost, staysTrue, waitFor } from '@backchannel/testkit'
import { content } from '@backchannel/testkit/imessage'
import { describe, expect, it } from 'vitest'
import { setUp, writeAccess } from './bundle.fixture.ts'

const FEATURES = ['receipts', 'origin', 'control', 'access'] as const

const verdicts = ({ notifications }: FakeHost) =>
  notifications.filter(({ method }) => method === 'notifications/claude/channel/permission').map(({ params }) => params)

const ask = (host: FakeHost, requestId: string) =>
  host.notify('notifications/claude/channel/permission_request', {
    request_id: requestId,
    tool_name: 'Write',
    description: 'Write a file',
    input_preview: '{"file_path":"/etc/hosts","content":"127.0.0.1 bank"}',
  })

const heard = (host: FakeHost) => host.events.map(({ content: text }) => text)

async function reply(host: FakeHost, chat: string, text: string, more: object = {}): Promise<string> {
  const { content: result } = await host.callTool('reply', { chat_id: chat, text, ...more })
  return result[0]?.text ?? ''
}

describe.concurrent('free of', () => {
  it('I-1, I-2: a long answer in a chat with oneself is not heard, twice the same neither, and its words by hand are', async () => {
    await using made = await setUp()
    const { owner, sent } = made.messages
    const self = owner.selfChat()
    const host = await made.start()
    const long = `${'all of it, at length. '.repeat(30)}the end`
    expect(await reply(host, self.guid, long)).toBe('sent')
    expect(await reply(host, self.guid, 'on it')).toBe('sent')
    expect(await reply(host, self.guid, 'on it')).toBe('sent')
    const file = join(host.home, 'report.txt')
    await writeFile(file, 'all good')
    expect(await reply(host, self.guid, '', { files: [file] })).toBe('sent')
    owner.says(self, 'on it')
    owner.says(self, long)
    await host.nextEvent(({ content: text }) => text === long)
    expect(await staysTrue(() => host.events.length === 2, 100)).toBe(true)
    expect(heard(host)).toEqual(['on it', long])
    expect(sent(self.guid)).toHaveLength(4)
  })

  it('I-6: a dialog that nobody answers holds up neither tools nor messages', async () => {
    await using made = await setUp({ automation: 'asking' })
    const self = made.messages.owner.selfChat()
    const host = await made.start()
    // The session ends before there is an answer.
    const asked = reply(host, self.guid, 'hello').catch(() => undefined)
    await waitFor(() => made.messages.calls.length === 1, { what: 'the script' })
    await host.request('tools/list')
    made.messages.owner.says(self, 'still there?')
    await host.nextEvent()
    await host.close()
    await asked
  })

  it('I-9: an address is one however it is written', async () => {
    await using made = await setUp({ access: { allowFrom: ['friend@icloud.com', '+1 (555) 010-0107'] } })
    const { messages } = made
    const host = await made.start()
    const friend = messages.person('Friend@iCloud.com')
    const other = messages.person('+15550100107')
    friend.says(friend.dm, 'one')
    other.says(other.dm, 'two')
    // Two chats, which do not wait for each other.
    for (const words of ['one', 'two']) await host.nextEvent(({ content: text }) => text === words)
    expect(await reply(host, friend.dm.guid, 'heard')).toBe('sent')
  })

  it('I-10, I-14: chat_messages names each chat, shows no other, and takes no number that means all', async () => {
    await using made = await setUp({ access: { allowFrom: ['+15550101'] } })
    const { messages } = made
    const [bob, eve] = [messages.person('+15550101'), messages.person('+15550102')]
    bob.says(bob.dm, 'of Bob')
    eve.says(eve.dm, 'of Eve')
    messages.owner.says(messages.owner.selfChat(), 'to myself')
    const host = await made.start()
    const call = async (input: object) => {
      const { content: result, isError = false } = await host.callTool('chat_messages', input)
      return { text: result[0]?.text ?? '', isError }
    }
    const { text } = await call({})
    expect(text).toContain(`(chat_id: ${bob.dm.guid})`)
    expect(text).toContain('to myself')
    expect(text).not.toContain('of Eve')
    expect(await call({ chat_guid: eve.dm.guid })).toEqual({
      text: `chat_messages failed: chat ${eve.dm.guid} is not allowlisted — add via /imessage:access`,
      isError: true,
    })
    for (const limit of [-1, 0, 501, 1e9]) expect((await call({ limit })).isError).toBe(true)
    await writeAccess(made.directory, { dmPolicy: 'disabled' })
    expect((await call({})).text).toBe('(no allowlisted chats — configure via /imessage:access)')
  })

  it('I-11: of two sessions one hears, and what the other one sends is not heard either', async () => {
    await using made = await setUp()
    const { owner } = made.messages
    const self = owner.selfChat()
    const first = await made.start()
    // Later there would be two to choose from.
    owner.says(self, 'zero')
    await first.nextEvent()
    const second = await made.start()
    await second.waitForStderr(/standby: another session receives/)
    expect(await reply(second, self.guid, 'from the standby')).toBe('sent')
    owner.says(self, 'hello')
    await first.nextEvent(({ content: text }) => text === 'hello')
    expect([heard(first), heard(second)]).toEqual([['zero', 'hello'], []])
  })

  it('I-12, S-1, S-2: an open request is answered by nobody but the owner, in a chat with themselves', async () => {
    await using made = await setUp({
      access: { allowFrom: ['+15550101'], groups: {} },
    })
    const { messages } = made
    const { owner } = messages
    const bob = messages.person('+15550101')
    const group = messages.group({ members: [bob, messages.person('+15550102')] })
    const forged = messages.person('+15550100', 'SMS')
    const self = owner.selfChat()
    await writeAccess(made.directory, {
      allowFrom: ['+15550101', '+15550100'],
      groups: { [group.guid]: { requireMention: false, allowFrom: [] } },
    })
    const host = await made.start({ features: FEATURES, env: { IMESSAGE_ALLOW_SMS: 'true' } })
    ask(host, 'abcde')
    const prompt = await waitFor(() => messages.sent(self.guid)[0], { what: 'the prompt' })
    // I-13: all of the input, in one chat.
    expect(prompt.text).toContain('"file_path":"/etc/hosts"')
    expect(messages.sent()).toHaveLength(1)
    bob.says(bob.dm, 'yes abcde')
    bob.says(group, 'yes abcde')
    forged.says(forged.dm, 'yes abcde')
    owner.says(bob.dm, 'yes abcde')
    owner.says(group, 'yes abcde')
    owner.says(self, 'yes great')
    await host.nextEvent(({ content: text }) => text === 'yes great')
    await made.settled()
    expect(verdicts(host)).toEqual([])
    owner.says(owner.selfChat('ada@example.com'), 'No abcde')
    await waitFor(() => verdicts(host).length === 1, { what: 'the verdict' })
    expect(verdicts(host)).toMatchObject([{ request_id: 'abcde', behavior: 'deny' }])
    expect(heard(host)).not.toContain('No abcde')
  })

  it('S-16: while it is disabled the owner is not heard either', async () => {
    await using made = await setUp({ access: { dmPolicy: 'disabled' } })
    const self = made.messages.owner.selfChat()
    const host = await made.start()
    made.messages.owner.says(self, 'hello?')
    expect(await reply(host, self.guid, 'no')).toContain('disabled')
    await made.settled()
    await writeAccess(made.directory, {})
    made.messages.owner.says(self, 'and now?')
    await host.nextEvent()
    expect(heard(host)).toEqual(['and now?'])
  })

  it('S-9: nothing is read or sent before a session has registered it', async () => {
    await using made = await setUp()
    const self = made.messages.owner.selfChat()
    made.messages.owner.sends(self, content.document(), { words: 'from before' })
    const host = await made.start({ register: false, features: ['receipts'] })
    made.messages.owner.says(self, 'while nobody listens')
    expect(await reply(host, self.guid, 'x')).toContain('No session has registered imessage')
    expect((await host.callTool('chat_messages', {})).content[0]?.text).toContain('No session has registered imessage')
    expect(host.events).toEqual([])
    expect(made.messages.calls).toEqual([])
  })

  it('runs on Bun as on Node: text yourself, an answer, and nothing else', async () => {
    await using made = await setUp()
    const self = made.messages.owner.selfChat()
    const host = await made.start({ runtime: 'bun' })
    made.messages.owner.says(self, 'hello from Bun')
    const { meta } = await host.nextEvent()
    expect(await reply(host, meta?.['chat_id'] ?? '', 'hello')).toBe('sent')
    made.messages.owner.says(self, 'hello')
    await host.nextEvent(({ content: text }) => text === 'hello')
    expect(heard(host)).toEqual(['hello from Bun', 'hello'])
  })
})
