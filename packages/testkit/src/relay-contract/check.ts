/** One check of the relay contract, independent of any test runner, and what it is given to run on. */
import assert from 'node:assert/strict'
import { assertNothingStray } from '../channel-contract/check.ts'
import { backchannelCapabilities } from '../fake-host/capabilities.ts'
import { startFakeHost } from '../fake-host/start.ts'
import type { FakeHost, ReceivedNotification } from '../fake-host/types.ts'
import type { Runtime } from '../runtime.ts'
import { staysTrue, waitFor } from '../wait.ts'
import type { HostKind, People, Person, RelayDescriptor } from './descriptor.ts'

export interface RelayCheck {
  /** Completes "the channel …". */
  readonly title: string
  /** Default: both kinds of host. */
  readonly only?: HostKind
  /** Why it can't be run with what the descriptor gives; `undefined` where it can. */
  lacks?(subject: RelaySubject): string | undefined
  run(subject: RelaySubject): Promise<void>
}

/** A running channel, shared by the checks: each uses request ids and texts of its own. */
export interface RelaySubject extends People {
  readonly kind: HostKind
  readonly host: FakeHost
  readonly descriptor: RelayDescriptor
  /** How long a check waits for what must happen. */
  readonly timeoutMs: number
  /** An id that no other check has. */
  createId(): string
  /** Sends `permission_request`; gives the input that the prompt must show. */
  ask(requestId: string, options?: AskOptions): string
  /** Says that a request has ended; our kind of host only. */
  resolve(requestId: string, outcome: string, by: string): void
  /** Answers as this person, with a button where there is one, else with typed words. */
  answer(person: Person, requestId: string, behavior: 'allow' | 'deny', chat?: string): Promise<unknown>
  /** Waits until the person's chat shows all of these. */
  untilShown(person: Person, ...texts: readonly string[]): Promise<void>
  /** Waits for the one verdict on this id. @returns its params */
  verdict(requestId: string): Promise<Record<string, unknown>>
  /** @throws AssertionError if there are more, or fewer, verdicts on this id than `count`, now and a little later */
  verdictsStay(requestId: string, count: number): Promise<void>
}

export interface AskOptions {
  readonly input?: string
  readonly tool?: string
  readonly description?: string
  /** The chat that caused the turn. */
  readonly chat?: string
}

const VERDICT = 'notifications/claude/channel/permission'
const LETTERS = 'abcdefghijkmnopqrstuvwxyz'
/** How long what must happen is waited for, in milliseconds. */
const WAIT_MS = 5_000
/** How long something that must not happen is looked for, in milliseconds. */
const LOOK_MS = 60

/**
 * Starts the channel under a host of this kind. The caller calls `close`, which also judges its stdout.
 * @param timeoutMs how long a check waits for what must happen; default 5,000
 */
export async function startSubject(
  descriptor: RelayDescriptor,
  runtime: Runtime,
  kind: HostKind,
  timeoutMs: number = WAIT_MS,
): Promise<RelaySubject & { close(): Promise<void> }> {
  const features = ['receipts', 'origin', 'questions', 'control', 'access'] as const
  const extension = kind === 'ours' ? { capabilities: backchannelCapabilities(features), register: true } : {}
  const host = await startFakeHost({ ...(await descriptor.command(runtime, kind)), ...extension })
  try {
    const people = await descriptor.people(host, kind)
    return { ...describeSubject(descriptor, host, kind, timeoutMs), ...people, close: () => close(host) }
  } catch (thrown) {
    await host.close()
    throw thrown
  }
}

async function close(host: FakeHost): Promise<void> {
  await host.close()
  assertNothingStray(host)
}

function describeSubject(
  descriptor: RelayDescriptor,
  host: FakeHost,
  kind: HostKind,
  timeoutMs: number,
): Omit<RelaySubject, keyof People> {
  let count = 0
  const verdictsOn = (requestId: string): ReceivedNotification[] =>
    host.notifications.filter(
      ({ method, params }) => method === VERDICT && (params as { request_id?: unknown }).request_id === requestId,
    )
  return {
    kind,
    host,
    descriptor,
    timeoutMs,
    createId() {
      count += 1
      return [0, 1, 2, 3, 4].map((place) => LETTERS[Math.floor(count / 25 ** place) % 25]).join('')
    },
    ask(
      requestId,
      { input = `{"command":"touch ${requestId}-file"}`, tool = 'Bash', description = 'Run it', chat } = {},
    ) {
      const origin = { source: host.initializeResult.serverInfo.name, chat_id: chat, event_id: 'e1' }
      host.notify('notifications/claude/channel/permission_request', {
        request_id: requestId,
        tool_name: tool,
        description,
        input_preview: input,
        ...(chat === undefined ? {} : { origin }),
      })
      return input
    },
    resolve: (requestId, outcome, by) =>
      host.notify('notifications/backchannel/permission_resolved', { request_id: requestId, outcome, by }),
    answer(person, requestId, behavior, chat) {
      const elsewhere = chat === undefined ? {} : { chat }
      if (person.press) return person.press(requestId, behavior, elsewhere)
      assert.ok(person.type, 'a person can neither press nor type')
      return person.type(`${behavior === 'allow' ? 'yes' : 'no'} ${requestId}`, elsewhere)
    },
    async untilShown(person, ...texts) {
      let shown = ''
      const lacking = () => texts.filter((text) => !shown.includes(text))
      try {
        await waitFor(
          async () => {
            shown = await person.shown()
            return lacking().length === 0
          },
          { what: 'the chat to show it', timeoutMs },
        )
      } catch {
        assert.fail(
          `the chat ${person.chat} does not show ${JSON.stringify(lacking())}; it ends with: ${shown.slice(-500)}`,
        )
      }
    },
    async verdict(requestId) {
      await waitFor(() => verdictsOn(requestId).length > 0, { what: `a verdict on ${requestId}`, timeoutMs })
      return verdictsOn(requestId)[0]?.params as Record<string, unknown>
    },
    async verdictsStay(requestId, expected) {
      await host.request('ping')
      await staysTrue(() => verdictsOn(requestId).length === expected, LOOK_MS)
      assert.equal(verdictsOn(requestId).length, expected, `verdicts on ${requestId}`)
    },
  }
}
