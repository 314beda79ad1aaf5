/** Frames of a client become checked values, and anything thrown becomes a frame or body that it can show. */
import { BackchannelError } from '@backchannel/channel'
import type { ClientRequest, ErrorFrame } from './wire.ts'

/** A refused frame, with the message it is about where that could be read. */
export type ReadFrame =
  | { readonly ok: true; readonly frame: ClientRequest }
  | { readonly ok: false; readonly error: BackchannelError; readonly id?: string }

export function parseClientFrame(data: string | Buffer): ReadFrame {
  if (typeof data !== 'string') return refuse('it is binary, and only text is taken')
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch (thrown) {
    return refuse(`it is not JSON (${renderThrown(thrown).slice(0, 120)})`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('it is not a JSON object')
  const { type, id, text, before }: { type?: unknown; id?: unknown; text?: unknown; before?: unknown } = value
  if (type === 'older' && typeof before === 'string') return { ok: true, frame: { type, before } }
  const request = parseApprovalRequest(value)
  if (request) return { ok: true, frame: request }
  if (typeof id !== 'string') return refuse(`"id": expected a string, got ${describe(id)}`)
  if (typeof text !== 'string') return refuse(`"text": expected a string, got ${describe(text)}`, id)
  return { ok: true, frame: { id, text } }
}

/** Frames that need no id of a message; `undefined` for what is none of them. */
function parseApprovalRequest(value: object): ClientRequest | undefined {
  const { type, key, signature, id, behavior, scope, choices, text } = value as Readonly<Record<string, unknown>>
  if (type === 'pair' || type === 'interrupt') return { type }
  if (type === 'identify' && typeof key === 'string' && typeof signature === 'string') return { type, key, signature }
  if (type === 'answer' && typeof id === 'string' && isTexts(choices)) {
    return { type, id, choices, ...(typeof text === 'string' ? { text } : {}) }
  }
  if (type !== 'verdict' || typeof id !== 'string' || (behavior !== 'allow' && behavior !== 'deny')) return undefined
  return { type, id, behavior, ...(scope === 'session' ? { scope } : {}) }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= 100 && value.every((item) => typeof item === 'string')
}

export function renderErrorFrame(thrown: unknown, id?: string): ErrorFrame {
  return { type: 'error', ...(id === undefined ? {} : { id: id.slice(0, 200) }), ...renderErrorBody(thrown) }
}

/** Also the JSON of a failed upload. */
export function renderErrorBody(thrown: unknown): { error: string; message: string; hint?: string } {
  const message = renderThrown(thrown)
  if (!BackchannelError.is(thrown)) return { error: 'internal', message }
  return { error: thrown.code, message, ...(thrown.hint === undefined ? {} : { hint: thrown.hint }) }
}

function renderThrown(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

function refuse(problem: string, id?: string): ReadFrame {
  const error = new BackchannelError('message-invalid', `The frame was not understood: ${problem}.`, {
    hint: 'Send {"id": "…", "text": "…"}.',
  })
  return { ok: false, error, ...(id === undefined ? {} : { id }) }
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}
