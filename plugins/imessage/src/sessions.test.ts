/** Questions, control and several sessions in chats with oneself: asked there alone, and answered from any of them. */
import { type FakeHost, waitFor } from '@backchannel/testkit'
import type { FakeChat } from '@backchannel/testkit/imessage'
import { describe, expect, it } from 'vitest'
import { type Setup, setUp } from './bundle.fixture.ts'

const features = ['receipts', 'origin', 'questions', 'control', 'access'] as const
const start = (made: Setup, name: string) => made.start({ features, env: { BACKCHANNEL_SESSION_NAME: name } })
const LABELS = ['PostgreSQL', 'SQLite']

function ask(host: FakeHost, id: string): void {
  const choices = LABELS.map((label, at) => ({ id: `c${at + 1}`, label }))
  host.notify('notifications/backchannel/question', {
    question_id: id,
    text: `Which one, ${id}?`,
    choices,
    multiple: false,
  })
}

const answersOf = (host: FakeHost) =>
  host.notifications
    .filter(({ method }) => method === 'notifications/backchannel/answer')
    .map(({ params }) => params as Readonly<Record<string, unknown>>)

async function untilSaid({ messages }: Setup, { guid }: FakeChat, words: string) {
  // With all of its rows: which chat was used last is read from them.
  const whole = messages.owner.addresses.some((own) => guid.endsWith(own)) ? 2 : 1
  const find = () => messages.sent(guid).findLast(({ text, rows }) => text.includes(words) && rows.length === whole)
  return waitFor(find, { what: `"${words}" in ${guid}` })
}

describe.concurrent('in chats with oneself', () => {
  it('questions are asked in the one used last, and answered by a number, a label or own words from any of them', async () => {
    await using made = await setUp({ access: { allowFrom: ['+15550101'] } })
    const { messages } = made
    const { owner } = messages
    const bob = messages.person('+15550101')
    const [phone, mail] = [owner.selfChat(), owner.selfChat('ada@example.com')]
    owner.says(mail, 'used once')
    owner.says(phone, 'used last')
    const host = await start(made, 'api')
    const answered = async (count: number) => {
      await waitFor(() => answersOf(host).length === count, { what: 'the answer' })
      const { question_id: id, choices, text, by } = answersOf(host).at(-1) ?? {}
      host.notify('notifications/backchannel/question_resolved', { question_id: id, by: 'imessage', choices })
      await untilSaid(made, phone, `Which one, ${id}? —`)
      return { id, choices, text, by }
    }
    ask(host, 'abcde')
    await untilSaid(made, phone, 'Which one, abcde?')
    bob.says(bob.dm, '1')
    owner.says(bob.dm, '1')
    expect(await host.nextEvent()).toMatchObject({ content: '1', meta: { user_id: '+15550101' } })
    owner.says(mail, '2', { from: 'ada@example.com' })
    expect(await answered(1)).toEqual({ id: 'abcde', choices: ['c2'], by: 'ada@example.com' })
    ask(host, 'bcdef')
    await untilSaid(made, phone, 'Which one, bcdef?')
    owner.says(mail, 'postgresql')
    expect(await answered(2)).toMatchObject({ id: 'bcdef', choices: ['c1'] })
    ask(host, 'cdefg')
    const asked = await untilSaid(made, phone, 'Which one, cdefg?')
    owner.says(mail, 'neither, use a file', { replyTo: asked.rows[0]! })
    expect(await answered(3)).toMatchObject({ id: 'cdefg', choices: [], text: 'neither, use a file' })
    // A number names none of two, wherever it is written; an id does.
    for (const id of ['defgh', 'efghi']) {
      ask(host, id)
      await untilSaid(made, phone, `Which one, ${id}?`)
    }
    owner.says(mail, '1')
    expect(await host.nextEvent()).toMatchObject({ content: '1', meta: { user_id: 'ada@example.com' } })
    owner.says(mail, 'efghi: as you like')
    expect(await answered(4)).toMatchObject({ id: 'efghi', text: 'as you like' })
    for (const { guid } of [mail, bob.dm]) expect(messages.sent(guid)).toEqual([])
  })

  it('two sessions share them: one chooses by words, and questions and /stop are of the session that one talks to', async () => {
    await using made = await setUp({ access: { allowFrom: ['+15550101'] } })
    const { owner } = made.messages
    const bob = made.messages.person('+15550101')
    const self = owner.selfChat()
    const api = await start(made, 'api')
    owner.says(self, 'hello')
    expect(await api.nextEvent()).toMatchObject({ content: 'hello' })
    // Nobody else gives commands here, and nobody can be named for it.
    bob.says(bob.dm, '/stop')
    await untilSaid(made, bob.dm, '/stop is for approvers of this session. On iMessage the owner of this Mac approves')
    const web = await start(made, 'web')
    await web.waitForStderr(/standby: another session receives from iMessage/)
    owner.says(self, '/use web')
    await untilSaid(made, self, 'This chat talks to web now.')
    owner.says(self, 'to web')
    expect(await web.nextEvent()).toMatchObject({ content: 'to web' })
    expect((await web.callTool('reply', { chat_id: self.guid, text: 'from web' })).content[0]?.text).toBe('sent')

    ask(web, 'abcde')
    await untilSaid(made, self, 'Which one, abcde?')
    owner.says(self, 'SQLite')
    const answer = await web.nextNotification('notifications/backchannel/answer')
    expect(answer.params).toMatchObject({ question_id: 'abcde', choices: ['c2'] })
    owner.says(self, '/stop')
    const { params } = await web.nextNotification('notifications/backchannel/control')
    expect(params).toMatchObject({ action: 'interrupt', by: owner.address })
    const { control_id: id } = params as { readonly control_id: string }
    const result = { control_id: id, action: 'interrupt', by: owner.address, ok: true, text: 'Stopped web.' }
    web.notify('notifications/backchannel/control_result', result)
    await untilSaid(made, self, 'Stopped web.')
    await made.settled()
    expect(api.events.map(({ content }) => content)).toEqual(['hello'])
    expect(web.events.map(({ content }) => content)).toEqual(['to web'])
    expect(api.notifications.filter(({ method }) => /answer|control/.test(method))).toEqual([])
  })
})
