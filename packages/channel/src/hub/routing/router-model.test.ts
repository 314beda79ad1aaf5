/** Whatever is chosen, sent, and whoever comes and goes: an event goes to one session that is there, and to the one it is for. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Attached, type Memory, type Place, route } from './router.ts'

const NAMES = ['api', 'web', 'docs']
const CHATS = ['1', '2', '1t']
const THREADS = [undefined, 't']
/** A chat that is a thread of the first one. */
const CHILD = '1t'
const parentOf = (chat: string | undefined) => (chat === CHILD ? { parent: '1' } : {})

type Step =
  | { readonly kind: 'come' | 'go'; readonly name: string }
  | { readonly kind: 'use'; readonly chat: string; readonly thread: string | undefined; readonly name: string }
  | { readonly kind: 'send'; readonly chat: string; readonly message: string; readonly name: string }
  | { readonly kind: 'event'; readonly place: Place }

const name = fc.constantFrom(...NAMES)
const chat = fc.constantFrom(...CHATS)
const thread = fc.constantFrom(...THREADS)
const message = fc.constantFrom('m1', 'm2')
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('come' as const, 'go' as const), name }),
  fc.record({ kind: fc.constant('use' as const), chat, thread, name }),
  fc.record({ kind: fc.constant('send' as const), chat, message, name }),
  fc.record({
    kind: fc.constant('event' as const),
    place: fc
      .record({ chat, thread, replyTo: fc.option(message, { nil: undefined }) })
      .map((one) => withoutUndefined({ ...one, ...parentOf(one.chat) })),
  }),
)

function withoutUndefined(place: Record<string, string | undefined>): Place {
  return Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined))
}

test('the model', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let attached: Attached[] = []
      const bound = new Map<string, string>()
      const current = new Map<string, string>()
      const sent = new Map<string, string>()
      const memory: Memory = {
        boundTo: (inChat, inThread) => bound.get(`${inChat} ${inThread}`),
        current: (inChat) => current.get(inChat),
        sentBy: (inChat, one) => sent.get(`${inChat} ${one}`),
      }
      const isHere = (one: string | undefined) => one !== undefined && attached.some((other) => other.name === one)
      for (const one of steps) {
        if (one.kind === 'come' && !isHere(one.name)) attached = [...attached, { name: one.name, cwd: `/${one.name}` }]
        else if (one.kind === 'go') attached = attached.filter((other) => other.name !== one.name)
        else if (one.kind === 'use' && (one.thread !== undefined || one.chat === CHILD))
          bound.set(`${one.chat} ${one.thread}`, one.name)
        else if (one.kind === 'use') current.set(one.chat, one.name)
        else if (one.kind === 'send') sent.set(`${one.chat} ${one.message}`, one.name)
        else if (one.kind === 'event') {
          const { place } = one
          const target = route(place, attached, memory)
          const quoted = place.replyTo === undefined ? undefined : sent.get(`${place.chat} ${place.replyTo}`)
          const topic =
            place.thread === undefined && place.chat !== CHILD ? undefined : bound.get(`${place.chat} ${place.thread}`)
          const ofChat = current.get(place.chat === CHILD ? '1' : (place.chat ?? ''))
          // The reference: the first that applies.
          const expected = isHere(quoted)
            ? quoted
            : attached.length > 0 && topic !== undefined
              ? isHere(topic)
                ? topic
                : 'away'
              : isHere(ofChat)
                ? ofChat
                : attached.length === 0
                  ? 'nobody'
                  : attached.length === 1
                    ? attached[0]?.name
                    : 'ask'
          expect(target.kind === 'session' ? target.name : target.why).toBe(expected)
          if (target.kind === 'session') expect(isHere(target.name)).toBe(true)
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('what a channel wants for itself: a name, a folder, and patience', () => {
  const memory: Memory = { boundTo: () => undefined, current: () => undefined, sentBy: () => undefined }
  const attached = [
    { name: 'api', cwd: '/home/ada/api' },
    { name: 'web', cwd: '/home/ada/web' },
  ]
  expect(route({ wanted: 'WEB' }, attached, memory)).toMatchObject({ name: 'web' })
  expect(route({ wanted: '/home/ada/api' }, attached, memory)).toMatchObject({ name: 'api' })
  expect(route({ wanted: 'docs' }, attached, memory)).toEqual({ kind: 'wait', why: 'away', name: 'docs' })
  expect(route({}, attached, memory)).toMatchObject({ name: 'api' })
  expect(route({}, [], memory)).toEqual({ kind: 'wait', why: 'nobody' })
})
