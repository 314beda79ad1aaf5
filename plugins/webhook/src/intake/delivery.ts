/** A delivery as rules and templates see it: its headers without secrets, and its body as JSON, fields or text. */
import type { IncomingHttpHeaders } from 'node:http'
import { decodeText } from '../inbound.ts'
import { RequestError } from '../request-error.ts'
import type { View } from '../rules/path.ts'
import type { Received, Scheme, SchemeSettings } from '../schemes/scheme.ts'

export interface Delivery extends Received {
  /** The body as it came. @throws RequestError 415 when it is no UTF-8 */
  text(): string
  /** What the agent reads where no template says otherwise: the text, or the JSON that a form wraps. */
  content(): string
  /** The JSON body, the fields of a form, or the text. @throws RequestError 400 or 415 */
  body(): unknown
}

/** Deeper JSON would exhaust the stack of whatever walks it, and no sender nests this far. */
const MOST_DEPTH = 200
const MOST_FIELDS = 1000
const FORM = 'application/x-www-form-urlencoded'
/** Never shown to a template, whatever the scheme. */
const CREDENTIALS = ['authorization', 'proxy-authorization', 'cookie', 'x-gitlab-token']

export function createDelivery(headers: IncomingHttpHeaders, raw: Buffer, now: number): Delivery {
  let text: string | undefined
  let body: { readonly value: unknown } | undefined
  const delivery: Delivery = {
    headers: joinHeaders(headers),
    raw,
    now,
    text() {
      text ??= decodeText(raw)
      return text
    },
    content() {
      const wrapped = mediaType(delivery) === FORM ? new URLSearchParams(delivery.text()).get('payload') : null
      return wrapped ?? delivery.text()
    },
    body() {
      body ??= { value: parseBody(delivery.text(), mediaType(delivery)) }
      return body.value
    },
  }
  return delivery
}

/** `application/json` of `Application/JSON; charset=utf-8`; empty where the sender says nothing. */
export function mediaType({ headers }: Pick<Received, 'headers'>): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** What rules and templates may read. The body is parsed when they first ask for it. */
export function createView({ headers, body }: Delivery, scheme: Scheme, settings: SchemeSettings): View {
  const hidden = new Set([...CREDENTIALS, ...scheme.secretHeaders])
  if (scheme.name === 'hmac') hidden.add(settings.hmac.header)
  const shown = Object.entries(headers).filter(([name]) => !hidden.has(name))
  return {
    headers: Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(shown)),
    get body() {
      return body()
    },
  }
}

function joinHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const joined: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return joined
}

function parseBody(text: string, type: string): unknown {
  if (type === FORM) return parseForm(text)
  const isJson = type === 'application/json' || type.endsWith('+json')
  // A sender that says nothing of the type, or the wrong thing, may still send JSON.
  if (!isJson && !/^\s*[{[]/.test(text)) return text
  try {
    return parseJson(text)
  } catch (thrown) {
    if (isJson) throw thrown
    return text
  }
}

/** GitHub and Slack can send JSON as the field `payload` of a form; other forms are an object of texts. */
function parseForm(text: string): unknown {
  const fields: Record<string, string> = Object.create(null)
  let count = 0
  for (const [name, value] of new URLSearchParams(text)) {
    count += 1
    if (count > MOST_FIELDS) throw invalid(`The form has more than ${MOST_FIELDS} fields.`, 'Send fewer.')
    fields[name] = value
  }
  return fields['payload'] === undefined ? fields : parseJson(fields['payload'])
}

function parseJson(text: string): unknown {
  if (isTooDeep(text)) {
    throw invalid(`The JSON is nested deeper than ${MOST_DEPTH} levels.`, 'Send a flatter one.')
  }
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('The body is not valid JSON.', 'Send JSON, or leave Content-Type: application/json out.')
  }
}

/** Counts brackets outside of strings, before a parser is asked. */
function isTooDeep(text: string): boolean {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (inString) {
      if (unit === 0x5c) at += 1
      else if (unit === 0x22) inString = false
    } else if (unit === 0x22) inString = true
    else if (unit === 0x5b || unit === 0x7b) {
      depth += 1
      if (depth > MOST_DEPTH) return true
    } else if (unit === 0x5d || unit === 0x7d) depth -= 1
  }
  return false
}

function invalid(message: string, hint: string): RequestError {
  return new RequestError(400, 'request-invalid', message, { hint })
}
