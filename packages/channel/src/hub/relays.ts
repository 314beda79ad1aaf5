/**
 * Permission prompts and questions of several sessions in the chats of one account, and control of them. Whether an answer
 * counts is decided in the process of the session that asked: here it is only known whose each prompt is.
 */
import { type ControlAction, parseVerdict } from '@backchannel/protocol'
import type { PersonAt } from '../relay/asking.ts'
import type { ControlOutcome } from '../relay/control.ts'
import type { OpenQuestion, OpenRequest } from '../relay/open-requests.ts'
import type { Relay } from '../relay/relay.ts'
import type { Place } from './routing/router.ts'
import { createWhose, type Whose } from './whose.ts'

/** The way to a session: its own relay, or one at the other end of the socket. */
export interface RelayLink extends Pick<Relay, 'verdict' | 'answer' | 'typedAnswer'> {
  /** Ids of prompts of that session that this sender could answer in this chat. */
  open(place: PersonAt): Promise<readonly string[]>
  questions(place: PersonAt): Promise<readonly string[]>
  control(action: ControlAction, sender: string, told: (outcome: ControlOutcome) => void): ReturnType<Relay['control']>
}

export interface Relays {
  /** What the channel answers through; absent where it relays nothing. */
  readonly relay: Relay | undefined
  /** The session of this process, whose prompts are among the others. */
  readonly own: RelayLink
  readonly requests: Whose<RelayLink, OpenRequest>
  readonly questions: Whose<RelayLink, OpenQuestion>
}

const NAMED = /^\s*([a-km-z]{5})\b/i
const NOBODY: ControlOutcome = { ok: false, text: 'No session has this chat. /sessions lists those that run.' }

/**
 * @param relay of this process; absent where the channel relays nothing, and then nothing is answered here
 * @param sessionOf the session that a message from there would go to: `own` for that of this process
 */
export function createRelays(
  relay: Relay | undefined,
  sessionOf: (place: Place) => RelayLink | 'own' | undefined,
): Relays {
  const requests = createWhose<RelayLink, OpenRequest>(({ requestId }) => requestId)
  const questions = createWhose<RelayLink, OpenQuestion>(({ questionId }) => questionId)
  const linksIn = (whose: Whose<RelayLink, OpenRequest | OpenQuestion>, chat: string) =>
    new Set(whose.inChat(chat).map(({ link }) => link))
  const idsOf = async (links: Iterable<RelayLink>, ask: (link: RelayLink) => Promise<readonly string[]>) =>
    (await Promise.all([...links].map((link) => ask(link).catch(() => [])))).flat()
  const facade: Relay | undefined = relay && {
    ...relay,
    async verdict(verdict) {
      const one = requests.find(verdict.requestId, verdict.chat)
      return one ? one.link.verdict(verdict).catch(() => 'not-open') : relay.verdict(verdict)
    },
    async typed(text, place) {
      const found = parseVerdict(text, (requestId) => requests.find(requestId, place.chat) !== undefined)
      return found ?? relay.typed(text, place)
    },
    async open(place) {
      const ids = await idsOf(linksIn(requests, place.chat), (link) => link.open(place))
      return ids.flatMap((id) => requests.find(id, place.chat)?.item ?? [])
    },
    async answer(answer) {
      const one = questions.find(answer.questionId, answer.chat)
      return one ? one.link.answer(answer).catch(() => 'not-open') : relay.answer(answer)
    },
    async typedAnswer(text, place, repliedTo) {
      const id = repliedTo ?? NAMED.exec(text)?.[1] ?? ''
      const [only, second] = questions.inChat(place.chat)
      const one = questions.find(id, place.chat) ?? (second ? undefined : only)
      return one?.link.typedAnswer(text, place, repliedTo).catch(() => undefined)
    },
    async questions(place) {
      const ids = await idsOf(linksIn(questions, place.chat), (link) => link.questions(place))
      return ids.flatMap((id) => questions.find(id, place.chat)?.item ?? [])
    },
    async control(action, sender, told = () => {}, place = undefined) {
      const link = place === undefined ? 'own' : sessionOf(place)
      if (link === 'own') return relay.control(action, sender, told)
      if (link !== undefined) return link.control(action, sender, told).catch(() => 'unsupported')
      if (!(await relay.mayControl(sender))) return 'not-approver'
      told(NOBODY)
      return 'passed'
    },
  }
  return { relay: facade, own: linkOf(() => relay), requests, questions }
}

/** A relay as others reach it; also for a session that answers over the socket. */
export function linkOf(relay: () => Relay | undefined): RelayLink {
  return {
    verdict: async (verdict) => (await relay()?.verdict(verdict)) ?? 'not-open',
    answer: async (answer) => (await relay()?.answer(answer)) ?? 'not-open',
    typedAnswer: async (...given) => relay()?.typedAnswer(...given),
    open: async (place) => ((await relay()?.open(place)) ?? []).map(({ requestId }) => requestId),
    questions: async (place) => ((await relay()?.questions(place)) ?? []).map(({ questionId }) => questionId),
    control: async (...given) => (await relay()?.control(...given)) ?? 'unsupported',
  }
}
