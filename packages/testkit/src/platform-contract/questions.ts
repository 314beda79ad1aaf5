/** Questions of the agent and control of the session in chats: buttons, replies and typed commands, of approvers alone. */
import assert from 'node:assert/strict'
import { isObject } from '../fake-host/messages.ts'
import type { PlatformCheck, PlatformSubject } from './check.ts'

const ACTIONS = { stop: 'interrupt', new: 'clear', compact: 'compact', status: 'status' } as const
const LABELS = ['PostgreSQL', 'SQLite', 'Both of them']

function ask({ host }: PlatformSubject, id: string, more: object = {}): void {
  host.notify('notifications/backchannel/question', {
    question_id: id,
    text: `Which database for ${id}?`,
    choices: LABELS.map((label, at) => ({ id: `c${at + 1}`, label })),
    multiple: false,
    ...more,
  })
}

function resolve({ host }: PlatformSubject, id: string, more: object): void {
  host.notify('notifications/backchannel/question_resolved', { question_id: id, by: 'terminal', ...more })
}

const sent = ({ host }: PlatformSubject, name: string) =>
  host.notifications.filter(({ method }) => method === `notifications/backchannel/${name}`).map(({ params }) => params)

export const QUESTION_CHECKS: readonly PlatformCheck[] = [
  {
    title: 'asks a question with a button a choice, takes the press of an approver alone, and closes it',
    needs: 'buttons',
    async run(subject) {
      const { until, descriptor, fake, untilSent, host } = subject
      const { owner, friend } = descriptor.people
      ask(subject, 'abcde')
      const [prompt] = await untilSent(owner.chat, 1)
      for (const part of ['Which database for abcde?', ...LABELS]) assert.ok(prompt?.text.includes(part), part)
      assert.equal(prompt?.buttons.length, LABELS.length)
      const press = { chat: owner.chat, messageId: prompt?.id ?? '', data: prompt?.buttons[1] ?? '' }
      assert.match((await fake.press({ ...press, sender: friend })) ?? '', /not authorised/i)
      assert.deepEqual(sent(subject, 'answer'), [])
      assert.match((await fake.press({ ...press, sender: owner })) ?? '', /answered/i)
      assert.deepEqual(sent(subject, 'answer'), [{ question_id: 'abcde', choices: ['c2'], by: owner.id }])
      resolve(subject, 'abcde', { by: descriptor.name, outcome: 'answered', choices: ['c2'] })
      await until('the buttons to go', () => fake.sent(owner.chat)[0]?.buttons.length === 0)
      assert.match(fake.sent(owner.chat)[0]?.text ?? '', /SQLite, answered by/)
      assert.match((await fake.press({ ...press, sender: owner })) ?? '', /not open/)
      await host.request('ping')
      assert.equal(sent(subject, 'answer').length, 1)
      assert.deepEqual(fake.sent(friend.chat), [])
    },
  },
  {
    title: 'lets several choices be taken and let go before they are sent',
    needs: 'buttons',
    async run(subject) {
      const { until, descriptor, fake, untilSent } = subject
      const { owner, friend } = descriptor.people
      ask(subject, 'bcdef', { multiple: true })
      const [prompt] = await untilSent(owner.chat, 1)
      const press = (at: number, sender = owner) =>
        fake.press({ chat: owner.chat, messageId: prompt?.id ?? '', sender, data: prompt?.buttons.at(at) ?? '' })
      assert.match((await press(0, friend)) ?? '', /not authorised/i)
      assert.match((await press(-1)) ?? '', /take one first/i)
      for (const at of [0, 1, 2, 1]) await press(at)
      await press(-1)
      await until('the answer', () => sent(subject, 'answer').length === 1)
      assert.deepEqual(sent(subject, 'answer'), [{ question_id: 'bcdef', choices: ['c1', 'c3'], by: owner.id }])
    },
  },
  {
    title: 'takes a number, a label or a reply of the approver for an answer, and nothing else',
    async run(subject) {
      const { until, descriptor, write, untilSent, nextEvent, eventsStay } = subject
      const { owner, friend } = descriptor.people
      const answers = async (count: number) => {
        await until('the answer', () => sent(subject, 'answer').length === count)
        return sent(subject, 'answer').at(-1)
      }
      ask(subject, 'cdefg')
      await untilSent(owner.chat, 1)
      await write('SQLite is fine')
      await nextEvent('SQLite is fine')
      await write('2', { chat: friend.chat, sender: friend })
      await nextEvent('2')
      await write(' sqlite ')
      assert.deepEqual(await answers(1), { question_id: 'cdefg', choices: ['c2'], by: owner.id })
      resolve(subject, 'cdefg', { outcome: 'answered', choices: ['c2'] })
      ask(subject, 'defgh')
      await until('the next question', () => subject.fake.sent(owner.chat).some(({ text }) => text.includes('defgh')))
      const asked = subject.fake.sent(owner.chat).findLast(({ text }) => text.includes('Which database for defgh'))
      if (descriptor.limits.replies) await write('neither, use a file', { replyTo: asked?.id ?? '' })
      else await write('defgh: neither, use a file')
      const words = { question_id: 'defgh', choices: [], text: 'neither, use a file', by: owner.id }
      assert.deepEqual(await answers(2), words)
      await eventsStay(['SQLite is fine', '2'])
    },
  },
  {
    title: 'takes /stop, /new, /compact and /status of an approver, tells what came of it, and nobody else may',
    async run(subject) {
      const { until, descriptor, fake, host, write, setAccess, eventsStay } = subject
      const { owner, friend, group } = descriptor.people
      const isSaid = (chat: string, words: string) => fake.sent(chat).some(({ text }) => text.includes(words))
      for (const [at, [word, action]] of Object.entries(ACTIONS).entries()) {
        await write(`/${word}`)
        await until(action, () => sent(subject, 'control').length > at)
        const asked = sent(subject, 'control')[at]
        assert.ok(isObject(asked))
        assert.deepEqual([asked['action'], asked['by']], [action, owner.id])
        const result = { action, by: owner.id, control_id: asked['control_id'], ok: true, text: `did ${action}` }
        host.notify('notifications/backchannel/control_result', result)
        await until('what came of it', () => isSaid(owner.chat, `did ${action}`))
      }
      await write('/stop', { chat: friend.chat, sender: friend })
      await until('the refusal', () => isSaid(friend.chat, '/stop is for approvers'))
      await setAccess({ groups: { [group]: { requireMention: false, allowFrom: [] } } })
      // Of nobody in a group that does not address the channel; the last one is heard after all others.
      for (const sender of [owner, friend]) await write('/stop', { chat: group, sender, isGroup: true })
      await eventsStay(descriptor.limits.ownerInGroups === false ? ['/stop'] : ['/stop', '/stop'])
      assert.equal(sent(subject, 'control').length, Object.keys(ACTIONS).length)
    },
  },
  {
    title: 'says once in the chat that the agent waits for its provider',
    async run({ descriptor, fake, host, write, nextEvent, untilSent }) {
      const { owner } = descriptor.people
      await write('hello')
      const { event_id: eventId = '' } = await nextEvent('hello')
      host.receipt(eventId, 'started')
      for (let at = 0; at < 2; at += 1) host.receipt(eventId, 'started', 'the usage limit is reached')
      const [message] = await untilSent(owner.chat, 1)
      assert.match(message?.text ?? '', /^The agent waits: the usage limit is reached/)
      await host.request('ping')
      assert.equal(fake.sent(owner.chat).length, 1)
    },
  },
]
