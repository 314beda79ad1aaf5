/** Questions of the agent through a channel that takes them: shown whole, answered once by an approver, ended everywhere. */
import assert from 'node:assert/strict'
import { isObject } from '../fake-host/messages.ts'
import { staysTrue, waitFor } from '../wait.ts'
import type { RelayCheck, RelaySubject } from './check.ts'

const ANSWER = 'notifications/backchannel/answer'
/** How long something that must not happen is looked for, in milliseconds. */
const LOOK_MS = 60

const takesQuestions = ({ host }: RelaySubject): boolean => {
  const experimental = host.serverCapabilities['experimental']
  const extension = isObject(experimental) ? experimental['backchannel/channel'] : undefined
  const features = isObject(extension) ? extension['features'] : undefined
  return Array.isArray(features) && features.includes('questions')
}
const lacksQuestions = (subject: RelaySubject) => (takesQuestions(subject) ? undefined : 'the feature questions')
const lacksWays = (subject: RelaySubject) => {
  const { owner } = subject
  return lacksQuestions(subject) ?? (owner.choose || owner.type ? undefined : 'people who answer')
}
const lacksTyping = (subject: RelaySubject) =>
  lacksQuestions(subject) ?? (subject.owner.type && subject.stranger.type ? undefined : 'people who type')

interface AskOptions {
  readonly multiple?: boolean
  readonly chat?: string
}

/** Labels that no other check has. */
function ask({ host }: RelaySubject, id: string, { multiple = false, chat }: AskOptions = {}): readonly string[] {
  const labels = ['Alpha', 'Beta', 'Gamma'].map((name) => `${name}-${id}`)
  const origin = { source: host.initializeResult.serverInfo.name, chat_id: chat, event_id: 'e1' }
  host.notify('notifications/backchannel/question', {
    question_id: id,
    text: `Which way for ${id}?`,
    choices: labels.map((label, at) => ({ id: `c${at + 1}`, label })),
    multiple,
    ...(chat === undefined ? {} : { origin }),
  })
  return [`Which way for ${id}?`, ...labels]
}

const answersOf = ({ host }: RelaySubject, id: string) =>
  host.notifications
    .filter(({ method, params }) => method === ANSWER && isObject(params) && params['question_id'] === id)
    .map(({ params }) => params as Record<string, unknown>)

async function answerOf(subject: RelaySubject, id: string): Promise<Record<string, unknown>> {
  await waitFor(() => answersOf(subject, id).length > 0, { what: `an answer to ${id}`, timeoutMs: subject.timeoutMs })
  return answersOf(subject, id)[0] ?? {}
}

async function answersStay(subject: RelaySubject, id: string, count: number): Promise<void> {
  await subject.host.request('ping')
  await staysTrue(() => answersOf(subject, id).length === count, LOOK_MS)
  assert.equal(answersOf(subject, id).length, count, `answers to ${id}`)
}

/** By buttons where there are some, else with the words that the prompt shows. */
async function choose({ owner }: RelaySubject, id: string, numbers: readonly number[]): Promise<void> {
  if (owner.choose) await owner.choose(id, numbers)
  else await owner.type?.(`${id} ${numbers.join(', ')}`)
}

export const questionChecks: readonly RelayCheck[] = [
  {
    title: 'shows the owner a question with all of its choices, and passes one on with who took it, once',
    only: 'ours',
    lacks: lacksWays,
    async run(subject) {
      const { createId, untilShown, owner } = subject
      const id = createId()
      await untilShown(owner, ...ask(subject, id))
      await choose(subject, id, [2])
      const { by, ...params } = await answerOf(subject, id)
      assert.deepEqual(params, { question_id: id, choices: ['c2'] })
      assert.equal(typeof by, 'string')
      await choose(subject, id, [1])
      await answersStay(subject, id, 1)
    },
  },
  {
    title: 'passes several choices on where several may be taken',
    only: 'ours',
    lacks: lacksWays,
    async run(subject) {
      const { createId, untilShown, owner } = subject
      const id = createId()
      await untilShown(owner, ...ask(subject, id, { multiple: true }))
      await choose(subject, id, [1, 3])
      assert.deepEqual((await answerOf(subject, id))['choices'], ['c1', 'c3'])
    },
  },
  {
    title: 'takes own words for an answer, and no ordinary message for one',
    only: 'ours',
    lacks: lacksTyping,
    async run(subject) {
      const { host, timeoutMs, createId, untilShown, owner } = subject
      const id = createId()
      await untilShown(owner, ...ask(subject, id))
      const ordinary = `Alpha or Beta? ${id}`
      await owner.type?.(ordinary)
      await host.nextEvent(({ content }) => content === ordinary, { timeoutMs })
      await answersStay(subject, id, 0)
      await owner.type?.(`${id}: neither of them`)
      const { choices, text } = await answerOf(subject, id)
      assert.deepEqual({ choices, text }, { choices: [], text: 'neither of them' })
      assert.ok(!host.events.some(({ content }) => content.includes('neither of them')), 'the agent was told too')
    },
  },
  {
    title: 'takes no answer to a question of somebody who is no approver, and never shows them one',
    only: 'ours',
    lacks: lacksQuestions,
    async run(subject) {
      const { createId, untilShown, owner, stranger } = subject
      const id = createId()
      const shown = ask(subject, id, { chat: stranger.chat })
      await untilShown(owner, ...shown)
      if (stranger.chat !== owner.chat) assert.ok(!(await stranger.shown()).includes(`Alpha-${id}`), 'it shows it')
      await stranger.choose?.(id, [1])
      await stranger.choose?.(id, [1], { chat: owner.chat })
      await stranger.type?.(`${id} 1`, { chat: owner.chat })
      await answersStay(subject, id, 0)
    },
  },
  {
    title: 'says in the chat what was answered elsewhere and by whom, and takes no answer after it',
    only: 'ours',
    lacks: lacksQuestions,
    async run(subject) {
      const { host, createId, untilShown, owner } = subject
      for (const params of [null, [], { question_id: 7 }, { question_id: 'x', text: 'x', choices: 'x' }]) {
        host.notify('notifications/backchannel/question', params)
      }
      const id = createId()
      await untilShown(owner, ...ask(subject, id))
      const resolved = { question_id: id, by: `terminal-${id}`, outcome: 'answered', choices: ['c3'], text: `so-${id}` }
      host.notify('notifications/backchannel/question_resolved', resolved)
      await untilShown(owner, `terminal-${id}`, `so-${id}`)
      await choose(subject, id, [1])
      await answersStay(subject, id, 0)
    },
  },
]
