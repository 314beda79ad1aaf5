/** The permission requests as an approver's system reads them: those that are open, and how the last ones ended. */
import type { OpenRequest, Resolution } from '@backchannel/channel'
import { renderPrompt, renderResolution } from '@backchannel/channel/relay'
import { createEventStream, type EventStream } from '../event-stream.ts'

export interface ShownRequest {
  readonly request_id: string
  readonly tool_name: string
  readonly description: string
  /** The arguments, as the session shows them: text, never to be parsed. */
  readonly input_preview: string
  /** All of it as a message for a chat: nothing in it hides, turns the writing around or begins a line of its own. */
  readonly text: string
  readonly asked_at: string
}

export interface ShownEnd {
  readonly request_id: string
  readonly tool_name: string
  readonly outcome: Resolution['outcome']
  readonly by: string
  readonly text: string
  readonly ended_at: string
}

export interface Board {
  /** `requests` oldest first; of those that ended the last {@link ENDS_KEPT}, the newest last. */
  list(): { readonly requests: readonly ShownRequest[]; readonly ended: readonly ShownEnd[] }
  /** Events `request` and `resolved`; begins with a `request` for each that is open. */
  readonly stream: Pick<EventStream, 'close'> & { add(response: Parameters<EventStream['add']>[0]): boolean }
  ask(request: OpenRequest): void
  resolve(request: OpenRequest, resolution: Resolution): void
}

export const ENDS_KEPT = 100

export function createBoard(now: () => number): Board {
  const open = new Map<string, ShownRequest>()
  const ended: ShownEnd[] = []
  const stream = createEventStream('permission requests follow')
  const at = () => new Date(now()).toISOString()
  return {
    list: () => ({ requests: [...open.values()], ended: [...ended] }),
    stream: {
      add: (response) =>
        stream.add(
          response,
          [...open.values()].map((shown) => `event: request\ndata: ${JSON.stringify(shown)}\n\n`).join(''),
        ),
      close: () => stream.close(),
    },
    ask(request) {
      const shown: ShownRequest = {
        request_id: request.requestId,
        tool_name: request.toolName,
        description: request.description,
        input_preview: request.inputPreview,
        text: renderPrompt(request, { typed: false }),
        asked_at: at(),
      }
      open.set(request.requestId, shown)
      stream.send('request', shown)
    },
    resolve(request, { outcome, by }) {
      open.delete(request.requestId)
      const shown: ShownEnd = {
        request_id: request.requestId,
        tool_name: request.toolName,
        outcome,
        by,
        text: renderResolution(request, { outcome, by }),
        ended_at: at(),
      }
      ended.push(shown)
      if (ended.length > ENDS_KEPT) ended.shift()
      stream.send('resolved', shown)
    },
  }
}
