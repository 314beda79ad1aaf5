/** Paths into a delivery, such as `body.repository.full_name` or `headers.x-github-event`: own properties only. */

/** What rules and templates see of a delivery. */
export interface View {
  /** Names in lower case; those that hold or prove a secret are not among them. */
  readonly headers: Readonly<Record<string, string>>
  /** The JSON body, the fields of a form, or the text. */
  readonly body: unknown
}

export interface Path {
  readonly text: string
  /** The value there, or `undefined`. */
  read(view: View): unknown
}

const MOST_UNITS = 200
const SEGMENT = /\.([A-Za-z0-9_-]+)|\[(\d{1,9})\]|\["([^"\\]{1,100})"\]/y

/** For messages. */
export const PATH_RULE = 'a path such as "body.repository.full_name" or "headers.x-github-event"'

/** `undefined` when `text` is no path. Lists take `[0]` or `.0`, and `.length`; odd names are quoted: `["a key"]`. */
export function parsePath(text: string): Path | undefined {
  const root = /^(?:body|headers)(?=[.[]|$)/.exec(text)?.[0]
  if (root === undefined || text.length > MOST_UNITS) return undefined
  const keys: string[] = []
  let at = root.length
  while (at < text.length) {
    SEGMENT.lastIndex = at
    const match = SEGMENT.exec(text)
    if (match === null) return undefined
    const key = match[1] ?? match[2] ?? match[3] ?? ''
    keys.push(root === 'headers' ? key.toLowerCase() : key)
    at = SEGMENT.lastIndex
  }
  if (root === 'headers' && keys.length !== 1) return undefined
  return { text, read: (view) => readOwn(root === 'headers' ? view.headers : view.body, keys) }
}

function readOwn(start: unknown, keys: readonly string[]): unknown {
  let value = start
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}
