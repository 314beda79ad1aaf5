/** A prompt is on somebody's phone before the platform has told the channel so: whoever answers at once is understood. */
import { type PlatformSubject, startPlatformSubject } from '@backchannel/testkit/platform-contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeReferencePlatform } from '../fixtures/reference-platform/descriptor.ts'
import type { ReferencePlatform } from '../fixtures/reference-platform/platform.ts'

let subject: Awaited<ReturnType<typeof startPlatformSubject>>
beforeEach(async () => {
  subject = await startPlatformSubject(describeReferencePlatform(), 'node')
})
afterEach(() => subject.close())

const answers = ({ host }: PlatformSubject) =>
  host.notifications.filter(({ method }) => method === 'notifications/backchannel/answer').map(({ params }) => params)

/** Asks, and gives back the message with the prompt, whose sender waits for the answer of the platform. */
async function show(method: string, params: object) {
  const { host, fake, descriptor, untilSent } = subject
  const { owner, friend } = descriptor.people
  const release = (fake as ReferencePlatform).holdAnswers()
  host.notify(method, params)
  const [prompt] = await untilSent(owner.chat, 1)
  if (!prompt) throw new Error('there is no prompt')
  const press = (at: number, sender = owner) =>
    fake.press({ chat: owner.chat, messageId: prompt.id, sender, data: prompt.buttons.at(at) ?? '' })
  return { prompt, press, release, owner, friend, now: () => fake.sent(owner.chat)[0] }
}
const askQuestion = (multiple: boolean) =>
  show('notifications/backchannel/question', {
    question_id: 'abcde',
    text: 'Which database?',
    choices: [
      { id: 'c1', label: 'PostgreSQL' },
      { id: 'c2', label: 'SQLite' },
    ],
    multiple,
  })

test('a question: others are refused, choices are taken', async () => {
  const { press, release, owner, friend, prompt, now } = await askQuestion(true)
  expect(await press(0, friend)).toMatch(/not authorised/i)
  expect(now()).toEqual(prompt)
  expect(await press(-1)).toMatch(/take one first/i)
  const taken = press(1)
  release()
  await taken
  await press(-1)
  await subject.until('the answer', () => answers(subject).length === 1)
  expect(answers(subject)).toEqual([{ question_id: 'abcde', choices: ['c2'], by: owner.id }])
})

test('a question: a reply to it is its answer', async () => {
  const { release, owner, prompt } = await askQuestion(false)
  const { write, until, fake } = subject
  const id = await write('neither, use a file', { replyTo: prompt.id })
  await until('it to come', () => (fake as ReferencePlatform).isGiven(id))
  release()
  await until('the answer', () => answers(subject).length === 1)
  expect(answers(subject)).toEqual([{ question_id: 'abcde', choices: [], text: 'neither, use a file', by: owner.id }])
})

test('a permission: others are refused, pages are turned', async () => {
  const { press, release, friend, prompt, now } = await show('notifications/claude/channel/permission_request', {
    request_id: 'abcde',
    tool_name: 'Bash',
    description: 'Run it',
    input_preview: 'x'.repeat(900),
  })
  const more = prompt.buttons.findIndex((data) => /more/.test(data))
  expect(await press(more, friend)).toMatch(/not authorised/i)
  expect(now()).toEqual(prompt)
  const turned = press(more)
  release()
  await turned
  expect(now()?.text).not.toBe(prompt.text)
})

test('which session: the one who presses is answered, and sees what came of it', async () => {
  const { write, fake, descriptor, untilSent, until, startSecond } = subject
  const { owner } = descriptor.people
  await (await startSecond()).waitForStderr(/attached to it as/)
  const release = (fake as ReferencePlatform).holdAnswers()
  await write('hello')
  const [prompt] = await untilSent(owner.chat, 1)
  const press = { chat: owner.chat, messageId: prompt?.id ?? '', sender: owner, data: prompt?.buttons[0] ?? '' }
  const words = await fake.press(press)
  expect(words).not.toMatch(/not open any more/)
  release()
  await until('what came of it', () => fake.sent(owner.chat)[0]?.text === words)
  expect(fake.sent(owner.chat)[0]?.buttons).toEqual([])
})
