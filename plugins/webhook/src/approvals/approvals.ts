/**
 * Permission requests over HTTP, for the system of an approver: `GET PATH/requests` lists them, `POST PATH/verdict` answers
 * one. Both are signed by a key that
 * is not on this machine, so that nothing that runs here can answer for its owner.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ChannelContext, RelaySettings } from '@backchannel/channel'
import type { NamedApprovers } from '@backchannel/channel/access'
import { sendJson } from '@backchannel/channel/http'
import { LISTENERS } from '../event-stream.ts'
import type { ReadRequestBody } from '../inbound.ts'
import { createDelivery } from '../intake/delivery.ts'
import { assertProven, assertUsable } from '../intake/proof.ts'
import { RequestError } from '../request-error.ts'
import { DEFAULT_SETTINGS } from '../schemes/scheme.ts'
import type { Source, Sources } from '../sources/source.ts'
import { createApproverSources } from './approver-sources.ts'
import { createBoard } from './board.ts'
import { createReplays } from './replays.ts'
import { parseVerdictBody } from './verdict-body.ts'

export type ApprovalPart = 'requests' | 'verdict'

export interface Approvals {
  readonly relay: RelaySettings
  readonly named: NamedApprovers
  /** Whether the source may approve in this session. */
  includes(source: Source): boolean
  /** From the start of the channel on. */
  open(context: Pick<ChannelContext, 'relay'>, sources: () => Sources | Promise<Sources>): void
  /** Answers a request for a part of a source with a secret. @throws RequestError */
  handle(part: ApprovalPart, call: ApprovalCall): Promise<void>
  close(): void
}

export interface ApprovalCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly source: Source
  readonly readBody: ReadRequestBody
}

/** The one chat that all approvers of the channel share. */
const CHAT = 'approvers'
/** What the id of a verdict begins with: it is signed, so that a signed event is never taken for a verdict. */
export const VERDICT_ID = 'verdict_'
/** Nothing that is signed counts longer, whatever the file says of events. */
const TOLERANCE_S: number = DEFAULT_SETTINGS.toleranceSeconds

export function createApprovals(file: string, now: () => number = Date.now): Approvals {
  const approvers = createApproverSources(file)
  const board = createBoard(now)
  const replays = createReplays(2 * TOLERANCE_S * 1000, now)
  let relay: ChannelContext['relay']
  let current: (() => Sources | Promise<Sources>) | undefined

  const prove = async ({ request, source, readBody }: ApprovalCall) => {
    assertUsable(source)
    const delivery = createDelivery(request.headers, await readBody(request), now())
    const found = approvers.find(source)
    const { settings, ...rest } = found ?? source
    assertProven(delivery, { ...rest, settings: { ...settings, toleranceSeconds: TOLERANCE_S } })
    if (!found || !relay) throw notApprover(source)
    return { delivery, relay }
  }
  const answer = async (call: ApprovalCall): Promise<void> => {
    const { delivery, relay: port } = await prove(call)
    const id = delivery.headers['webhook-id'] ?? ''
    if (!id.startsWith(VERDICT_ID)) throw noVerdictId()
    const verdict = parseVerdictBody(delivery.body())
    if (!replays.take(`${call.source.name} ${id}`)) throw usedBefore()
    const result = await port.verdict({ ...verdict, sender: call.source.name, chat: CHAT })
    if (result === 'not-approver') throw notApprover(call.source)
    if (result === 'not-open') throw notOpen(verdict.requestId)
    sendJson(call.response, 200, { ok: true, result, request_id: verdict.requestId.toLowerCase() })
  }
  const list = async (call: ApprovalCall): Promise<void> => {
    await prove(call)
    if (!call.request.headers.accept?.includes('text/event-stream')) {
      sendJson(call.response, 200, { ok: true, ...board.list() })
    } else if (!board.stream.add(call.response)) {
      throw tooManyListeners()
    }
  }

  return {
    relay: {
      declared: () => approvers.any(),
      ask: (request) => board.ask(request),
      resolve: (request, resolution) => board.resolve(request, resolution),
    },
    named: {
      fingerprint: () => approvers.fingerprint(),
      where: `A source of ${file} approves with "approver": true, from the next session on.`,
      async list() {
        const names = approvers.list(await current?.())
        return names.map((sender) => ({ sender, chat: CHAT }))
      },
    },
    includes: (source) => approvers.find(source) !== undefined,
    open(context, sources) {
      relay = context.relay
      current = sources
    },
    handle: (part, call) => (part === 'verdict' ? answer(call) : list(call)),
    close: () => board.stream.close(),
  }
}

function notApprover({ name }: Source): RequestError {
  return new RequestError(403, 'not-approver', `The source "${name}" may not approve in this session.`, {
    hint: 'It may with "approver": true in the file of sources when the session begins; see `backchannel webhook add --help`.',
  })
}

function notOpen(requestId: string): RequestError {
  return new RequestError(409, 'not-open', `No request ${requestId} is open: it was answered, or has ended.`, {
    hint: 'GET the requests of the same source for those that are.',
  })
}

function usedBefore(): RequestError {
  return new RequestError(409, 'not-open', 'A verdict with this webhook-id came before.', {
    hint: 'Give each one an id of its own.',
  })
}

function noVerdictId(): RequestError {
  return new RequestError(400, 'request-invalid', `The webhook-id of a verdict begins with "${VERDICT_ID}".`, {
    hint: 'Sign it with such an id: a signed event is never taken for a verdict.',
  })
}

function tooManyListeners(): RequestError {
  return new RequestError(503, 'request-refused', `${LISTENERS} listeners are connected, which is the most.`, {
    hint: 'Close one of them first.',
    headers: { 'retry-after': '5' },
  })
}
