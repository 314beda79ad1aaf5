/** Approvals in the chat, what a sender sees of their message, and two sessions with one account. */
import assert from 'node:assert/strict'
import { waitFor } from '../wait.ts'
import type { PlatformCheck, PlatformSubject } from './check.ts'

const INPUT = '{"command":"rm -rf build && ls"}'

function ask({ host }: PlatformSubject, requestId: string, input = INPUT): void {
  host.notify('notifications/claude/channel/permission_request', {
    request_id: requestId,
    tool_name: 'Bash',
    description: 'Clean the build',
    input_preview: input,
  })
}

const verdicts = ({ host }: PlatformSubject) =>
  host.notifications
    .filter(({ method }) => method === 'notifications/claude/channel/permission')
    .map(({ params }) => params)

export const PRESENCE_CHECKS: readonly PlatformCheck[] = [
  {
    title: 'asks the approver with all of the input, and takes the answer of nobody else',
    faults: ['S-2', 'S-3', 'S-4'],
    needs: 'buttons',
    async run(subject) {
      const { until, descriptor, fake, untilSent, host } = subject
      const { owner, friend } = descriptor.people
      ask(subject, 'abcde')
      const [prompt] = await untilSent(owner.chat, 1)
      assert.ok(prompt?.text.includes('rm -rf build && ls'), 'the prompt does not show the input')
      assert.ok(prompt?.text.includes('abcde'), 'the prompt does not show its id')
      assert.deepEqual(prompt?.buttons, ['perm:allow:abcde', 'perm:session:abcde', 'perm:deny:abcde'])
      const press = { chat: owner.chat, messageId: prompt?.id ?? '', data: 'perm:allow:abcde' }
      assert.match((await fake.press({ ...press, sender: friend })) ?? '', /not authorised/i)
      assert.deepEqual(verdicts(subject), [])
      assert.match((await fake.press({ ...press, sender: owner })) ?? '', /allowed/i)
      assert.deepEqual(verdicts(subject), [{ request_id: 'abcde', behavior: 'allow', by: owner.id }])
      host.notify('notifications/backchannel/permission_resolved', {
        request_id: 'abcde',
        outcome: 'allow',
        by: 'reference',
      })
      await until('the buttons to go', () => fake.sent(owner.chat)[0]?.buttons.length === 0)
      assert.match((await fake.press({ ...press, sender: owner })) ?? '', /not open/)
      assert.equal(verdicts(subject).length, 1)
      assert.deepEqual(fake.sent(friend.chat), [])
    },
  },
  {
    title: 'pages an input that is too long for a message, with its end in sight',
    faults: ['S-3'],
    needs: 'buttons',
    async run(subject) {
      const { descriptor, fake, untilSent } = subject
      const { owner } = descriptor.people
      const input = `${Array.from({ length: descriptor.textUnits }, (_, at) => at).join(' ')} && the end of it`
      ask(subject, 'fghij', input)
      const [prompt] = await untilSent(owner.chat, 1)
      assert.ok(prompt?.text.includes('the end of it'))
      assert.equal(prompt?.buttons[0], 'perm:more:fghij')
      const press = { chat: owner.chat, messageId: prompt?.id ?? '', sender: owner, data: 'perm:more:fghij' }
      const missing = new Set(input.split(' '))
      for (let page = 0; page < 200 && missing.size > 0; page += 1) {
        const text = fake.sent(owner.chat)[0]?.text ?? ''
        for (const word of text.split(/\s+/)) missing.delete(word)
        await fake.press(press)
      }
      // A number that a page ends in is on two pages.
      assert.ok(missing.size < descriptor.textUnits / 4, `${missing.size} words were on no page`)
    },
  },
  {
    title: 'takes a typed answer of the approver, and no other as one',
    faults: ['S-1', 'S-5', 'T-6'],
    async run(subject) {
      const { until, descriptor, write, untilSent, nextEvent, eventsStay } = subject
      const { owner, friend } = descriptor.people
      ask(subject, 'kmnop')
      await untilSent(owner.chat, 1)
      await write('yes great')
      await nextEvent('yes great')
      await write('yes kmnop', { chat: friend.chat, sender: friend })
      await nextEvent('yes kmnop')
      const { forwards = true } = descriptor.limits
      if (forwards) {
        await write('y kmnop', { forwardedFrom: 'them' })
        await nextEvent('y kmnop')
      }
      assert.deepEqual(verdicts(subject), [])
      await write('NO kmnop')
      await until('the verdict', () => verdicts(subject).length === 1)
      assert.deepEqual(verdicts(subject), [{ request_id: 'kmnop', behavior: 'deny', by: owner.id }])
      await eventsStay(['yes great', 'yes kmnop', ...(forwards ? ['y kmnop'] : [])])
    },
  },
  {
    title: 'says in the chat that somebody else has answered',
    faults: ['S-4'],
    needs: 'edit',
    async run(subject) {
      const { descriptor, fake, host, untilSent } = subject
      const { owner } = descriptor.people
      ask(subject, 'qrstu')
      await untilSent(owner.chat, 1)
      host.notify('notifications/backchannel/permission_resolved', {
        request_id: 'qrstu',
        outcome: 'deny',
        by: 'terminal',
      })
      await waitFor(() => /denied by terminal/.test(fake.sent(owner.chat)[0]?.text ?? ''), {
        what: 'the end to be shown',
      })
      assert.deepEqual(fake.sent(owner.chat)[0]?.buttons, [])
      assert.equal(fake.sent(owner.chat).length, 1)
    },
  },
  {
    title: 'shows that it writes for as long as the turn runs',
    needs: 'typing',
    async run({ until, descriptor, fake, host, write, nextEvent }) {
      const { owner } = descriptor.people
      await write('work')
      const { event_id: eventId = '' } = await nextEvent('work')
      host.receipt(eventId, 'queued')
      host.receipt(eventId, 'started')
      await until('typing to be shown again', () => fake.typed(owner.chat) >= 2)
      host.receipt(eventId, 'completed')
      await host.request('ping')
      const after = fake.typed(owner.chat) + 1
      await write('next')
      await nextEvent('next')
      assert.ok(fake.typed(owner.chat) <= after, 'typing goes on after the turn')
    },
  },
  {
    title: 'tells a sender once that their message did not reach the agent',
    async run({ descriptor, fake, host, write, nextEvent, untilSent }) {
      const { owner } = descriptor.people
      for (const text of ['a', 'b']) {
        await write(text)
        host.receipt((await nextEvent(text)).event_id ?? '', 'dropped', 'rate-limited')
      }
      const [message] = await untilSent(owner.chat, 1)
      assert.match(message?.text ?? '', /did not reach the agent: the channel sends faster/)
      await host.request('ping')
      assert.equal(fake.sent(owner.chat).length, 1)
    },
  },
  {
    title: 'marks a message as received where the operator wants that',
    needs: 'react',
    async run({ until, descriptor, fake, setAccess, write, nextEvent, host }) {
      const { owner } = descriptor.people
      await setAccess({ ackReaction: '👀', receiptReactions: { completed: '👍' } })
      const id = await write('seen?')
      const { event_id: eventId = '' } = await nextEvent('seen?')
      await until('the reaction', () => fake.reactions(owner.chat, id)[0] === '👀')
      host.receipt(eventId, 'completed')
      await until('the reaction of the end', () => fake.reactions(owner.chat, id)[0] === '👍')
    },
  },
  {
    title: 'stands by beside another session, can send, and takes over when that one ends',
    faults: ['S-9', 'T-2', 'D-1'],
    async run({ until, descriptor, fake, host, startSecond, write }) {
      const { owner } = descriptor.people
      const second = await startSecond()
      await second.waitForStderr(/standby: another session receives/)
      const result = await second.callTool('reply', { chat_id: owner.chat, text: 'from the standby' })
      assert.match(result.content[0]?.text ?? '', /^sent/)
      await write('for the first')
      await host.nextEvent(({ content }) => content === 'for the first')
      assert.deepEqual(second.events, [])
      assert.equal(fake.conflicts(), 0, 'the standby wants to receive beside the other')
      // In hand when it ends, and confirmed: the other one finds it.
      const release = fake.holdDownload('in hand')
      const id = await write('a picture', { photo: 'in hand' })
      await until('the picture to be stored', () => fake.isConfirmed(id))
      host.kill('SIGKILL')
      await host.waitForExit()
      release()
      await second.nextEvent(({ content }) => content === 'a picture')
      await write('for the second')
      await second.nextEvent(({ content }) => content === 'for the second')
      await until('one to receive', () => fake.receivers() === 1)
    },
  },
]
