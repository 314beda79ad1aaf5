/** A message's way in: the access file as it is now, the gate, the code that a stranger is shown, and the limit of a sender. */
import { renderError } from '@backchannel/protocol'
import type { Log } from '../log.ts'
import { showPlainly } from '../relay/show.ts'
import type { AccessStore } from './access-store.ts'
import { type GateMessage, type GateReason, judge, type NormalizeId } from './gate.ts'
import type { Candidate, PendingPairing } from './pairing.ts'
import type { Pairings } from './pairings.ts'
import { createSenderLimits } from './sender-limits.ts'

/** `pair`: show the sender this code, again where they were shown it before; their message is dropped. */
export type Admission =
  | { readonly kind: 'admit' }
  | { readonly kind: 'drop'; readonly reason: GateReason }
  | { readonly kind: 'pair'; readonly code: string; readonly isNew: boolean }

export interface AdmissionOptions {
  readonly store: AccessStore
  readonly pairings: Pairings
  readonly log: Log
  /** As the operator calls the commands: `/telegram:access`. */
  readonly command: string
  readonly perMinute: number
  readonly normalize?: NormalizeId | undefined
  now(): number
  readonly random?: (() => string) | undefined
}

/** Lines about strangers in a minute; a crowd of them must not fill the operator's screen. */
const MOST_TOLD = 5
const MINUTE_MS = 60_000

export function createAdmission(options: AdmissionOptions): (message: GateMessage) => Promise<Admission> {
  const { store, pairings, log, command, normalize, now, random } = options
  const limits = createSenderLimits(options.perMinute, now)
  const clock = { now, ...(random ? { random } : {}) }
  let told: readonly number[] = []

  const tellOperator = (who: PendingPairing): void => {
    const since = now() - MINUTE_MS
    told = told.filter((at) => at > since && at <= now())
    if (told.length >= MOST_TOLD) return
    told = [...told, now()]
    log.info(`${describeAsker(who)} asks to write, and was shown a code. Those who wait: ${command} status`)
  }

  return async (message) => {
    const { access } = await store.read()
    if (!access) return { kind: 'drop', reason: 'access-unreadable' }
    const pending = access.dmPolicy === 'pairing' ? await pairings.list().catch(() => undefined) : []
    if (!pending) return { kind: 'drop', reason: 'access-unreadable' }
    const answer = judge({ ...access, pending }, message, clock, normalize)
    if (answer.kind === 'drop') return answer
    if (answer.kind === 'admit') {
      const sender = message.sender ?? ''
      return limits.take(normalize?.(sender) ?? sender) ? answer : { kind: 'drop', reason: 'rate-limited' }
    }
    // Decided again where codes are kept: another message of the same sender may have come meanwhile.
    const offered = await pairings.offer(answer.offer.pairing).catch((thrown) => log.error(renderError(thrown)))
    if (!offered) return { kind: 'drop', reason: 'access-unreadable' }
    const { told: mayTell, pairing, isNew } = offered
    if (!mayTell) return { kind: 'drop', reason: 'pairing-told' }
    if (isNew) tellOperator(pairing)
    return { kind: 'pair', code: pairing.code, isNew }
  }
}

/** The id first: a name is the sender's to choose, and may look like somebody else's id. */
export function describeAsker({ sender, name, handle, chat }: Candidate): string {
  const words = [name, handle]
    .filter((word) => word !== undefined && word !== '')
    .map((word) => showPlainly(word ?? ''))
  const called = words.length === 0 ? '' : ` (${words.join(', ')})`
  return `${showPlainly(sender)}${called}${chat === sender ? '' : ` in chat ${showPlainly(chat)}`}`
}
