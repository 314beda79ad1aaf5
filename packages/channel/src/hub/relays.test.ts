/** Prompts of several sessions in one chat: each verdict goes to the session that asked, and an id is that of one prompt alone. */
import { expect, test } from 'vitest'
import type { OpenRequest } from '../relay/open-requests.ts'
import type { Relay, SenderVerdict } from '../relay/relay.ts'
import { createRelays, type RelayLink } from './relays.ts'

const request = (requestId: string, chat = 'dm'): OpenRequest => ({
  requestId,
  toolName: 'Bash',
  description: '',
  inputPreview: 'ls',
  chats: [chat],
})
const verdict = (requestId: string, chat = 'dm'): SenderVerdict => ({ requestId, behavior: 'allow', sender: '1', chat })
const place = { sender: '1', chat: 'dm' }

function createSession(open: readonly string[]): RelayLink & { readonly got: string[] } {
  const got: string[] = []
  return {
    got,
    async verdict({ requestId }) {
      got.push(requestId)
      return open.includes(requestId) ? 'passed' : 'not-open'
    },
    open: async () => open,
    questions: async () => [],
    answer: async () => 'not-open',
    typedAnswer: async () => undefined,
    control: async (action) => {
      got.push(action)
      return 'passed'
    },
  }
}

function createOwn(open: readonly string[]): Relay {
  const session = createSession(open)
  return {
    takesSession: true,
    verdict: session.verdict,
    typed: async () => undefined,
    open: async () => open.map((id) => request(id)),
    control: session.control,
    mayControl: async (sender) => sender === '1',
  } as Partial<Relay> as Relay
}

test('each answer goes to who asked', async () => {
  const relays = createRelays(createOwn(['aaaaa']), () => undefined)
  const web = createSession(['bbbbb'])
  relays.requests.open(relays.own, request('aaaaa'))
  relays.requests.open(web, request('bbbbb'))
  const { relay } = relays
  expect(await relay?.verdict(verdict('BBBBB'))).toBe('not-open')
  expect(await relay?.verdict(verdict('bbbbb'))).toBe('passed')
  expect(await relay?.verdict(verdict('aaaaa'))).toBe('passed')
  expect(web.got).toEqual(['BBBBB', 'bbbbb'])
  expect(await relay?.verdict(verdict('bbbbb', 'another'))).toBe('not-open')
  expect(await relay?.typed('yes bbbbb', place)).toEqual({ behavior: 'allow', requestId: 'bbbbb' })
  expect((await relay?.open(place))?.map(({ requestId }) => requestId)).toEqual(['aaaaa', 'bbbbb'])
  expect(relays.requests.left(web).map(({ requestId }) => requestId)).toEqual(['bbbbb'])
  expect(await relay?.verdict(verdict('bbbbb'))).toBe('not-open')
})

test('an id that another session has open is not asked a second time', () => {
  const relays = createRelays(createOwn([]), () => undefined)
  const [api, web] = [createSession([]), createSession([])]
  relays.requests.open(api, request('ccccc'))
  relays.requests.open(api, request('ccccc'))
  expect(() => relays.requests.open(web, request('ccccc'))).toThrow(/another session has a prompt of that id open/)
  expect(() => relays.requests.open(relays.own, request('ccccc'))).toThrow(/another session/)
  relays.requests.close(web, 'ccccc')
  expect(() => relays.requests.open(web, request('ccccc'))).toThrow(/another session/)
  relays.requests.close(api, 'ccccc')
  relays.requests.open(web, request('ccccc'))
})

test('control goes to the session of the chat', async () => {
  const web = createSession([])
  const { relay } = createRelays(createOwn([]), ({ chat }) => (chat === 'of web' ? web : undefined))
  expect(await relay?.control('interrupt', '1', () => {}, { chat: 'of web' })).toBe('passed')
  expect(web.got).toEqual(['interrupt'])
  const said: string[] = []
  expect(await relay?.control('interrupt', '1', ({ text }) => said.push(text), { chat: 'of nobody' })).toBe('passed')
  expect(said).toEqual(['No session has this chat. /sessions lists those that run.'])
  const stranger = relay?.control('interrupt', '2', ({ text }) => said.push(text), { chat: 'of nobody' })
  expect([await stranger, said.length]).toEqual(['not-approver', 1])
})
