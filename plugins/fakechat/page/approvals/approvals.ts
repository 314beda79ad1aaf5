/** What the page knows of approvals: which browser it is, a code for the operator, and the requests that are open. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type {
  ClientRequest,
  HelloFrame,
  IdentityFrame,
  PairingFrame,
  PermissionFrame,
  QuestionFrame,
  QuestionResolvedFrame,
  ServerFrame,
} from '../../src/wire.ts'
import { proveBrowser } from './key.ts'

export type Permission = Omit<PermissionFrame, 'type'> & {
  /** Answered here; waits for the channel's word. */
  readonly answered?: true
}

export type Question = Omit<QuestionFrame, 'type'> & {
  /** Answered here; waits for the channel's word. */
  readonly answered?: true
}

export interface Approvals {
  /** Undefined where the channel asks nobody, and until it has said who this is. */
  readonly identity: ReadonlySignal<IdentityFrame | undefined>
  readonly pairing: Signal<PairingFrame | undefined>
  /** Oldest first. */
  readonly permissions: ReadonlySignal<readonly Permission[]>
  /** Oldest first. */
  readonly questions: ReadonlySignal<readonly Question[]>
  /** What the session says to a command. */
  readonly note: Signal<string | undefined>
  /** The last one that has ended, for a screen reader and for whoever looks up. */
  readonly ended: Signal<string | undefined>
  connected(hello: HelloFrame): void
  disconnected(): void
  /** @returns whether the frame was about approvals */
  apply(frame: ServerFrame): boolean
  pair(): void
  answer(id: string, behavior: 'allow' | 'deny', scope?: 'session'): void
  /** Answers a question: ids of choices, own words, or both. */
  reply(id: string, choices: readonly string[], text: string | undefined): void
  interrupt(): void
}

export function createApprovals(send: (request: ClientRequest) => void, fail: (reason: string) => void): Approvals {
  const identity = signal<IdentityFrame | undefined>()
  const pairing = signal<PairingFrame | undefined>()
  const permissions = signal<readonly Permission[]>([])
  const questions = signal<readonly Question[]>([])
  const note = signal<string | undefined>()
  const ended = signal<string | undefined>()
  let connection = 0

  const identify = async (challenge: string) => {
    const current = connection
    try {
      const proof = await proveBrowser(challenge)
      if (current === connection) send({ type: 'identify', ...proof })
    } catch (thrown) {
      fail(`This browser can't approve: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    }
  }
  const forget = () => {
    connection += 1
    identity.value = undefined
    permissions.value = []
    questions.value = []
  }

  return {
    identity,
    pairing,
    permissions,
    questions,
    note,
    ended,
    connected({ challenge }) {
      forget()
      if (challenge !== undefined) void identify(challenge)
    },
    disconnected: forget,
    apply(frame) {
      switch (frame.type) {
        case 'identity':
          identity.value = frame
          if (frame.approver) pairing.value = undefined
          else {
            permissions.value = []
            questions.value = []
          }
          return true
        case 'pairing':
          pairing.value = frame
          return true
        case 'permission': {
          const { type: _, ...permission } = frame
          permissions.value = [...permissions.value.filter(({ id }) => id !== frame.id), permission]
          return true
        }
        case 'permission-resolved': {
          const found = permissions.value.find(({ id }) => id === frame.id)
          permissions.value = permissions.value.filter(({ id }) => id !== frame.id)
          if (found) ended.value = `${found.tool}: ${renderEnd(frame.outcome, frame.by)}`
          return true
        }
        case 'question': {
          const { type: _, ...question } = frame
          questions.value = [...questions.value.filter(({ id }) => id !== frame.id), question]
          return true
        }
        case 'question-resolved': {
          const found = questions.value.find(({ id }) => id === frame.id)
          questions.value = questions.value.filter(({ id }) => id !== frame.id)
          if (found) ended.value = `${found.text.split('\n')[0]?.slice(0, 120)} — ${renderAnswer(frame)}`
          return true
        }
        case 'note':
          note.value = frame.text
          return true
        default:
          return false
      }
    },
    pair: () => send({ type: 'pair' }),
    answer(id, behavior, scope) {
      permissions.value = permissions.value.map((one) => (one.id === id ? { ...one, answered: true } : one))
      send({ type: 'verdict', id, behavior, ...(scope === undefined ? {} : { scope }) })
    },
    reply(id, choices, text) {
      questions.value = questions.value.map((one) => (one.id === id ? { ...one, answered: true } : one))
      send({ type: 'answer', id, choices, ...(text === undefined ? {} : { text }) })
    },
    interrupt: () => send({ type: 'interrupt' }),
  }
}

function renderAnswer({ outcome, by, answer }: QuestionResolvedFrame): string {
  if (outcome === 'answered') return answer === '' ? `answered by ${by}` : `${answer}, answered by ${by}`
  return outcome === 'expired' ? 'nobody answered in time' : `not asked any more (${by})`
}

function renderEnd(outcome: 'allow' | 'deny' | 'expired' | 'cancelled', by: string): string {
  if (outcome === 'allow') return `allowed by ${by}`
  if (outcome === 'deny') return `denied by ${by}`
  return outcome === 'expired' ? 'nobody answered in time' : `withdrawn (${by})`
}
