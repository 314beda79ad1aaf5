/** What the Bot API answers when it refuses, in Telegram's own words, since clients decide by them. */
import type { ResponseParameters } from 'grammy/types'

const PREFIXES: Readonly<Record<number, string>> = {
  400: 'Bad Request: ',
  403: 'Forbidden: ',
  409: 'Conflict: ',
}

/** Thrown by a method; the server makes the envelope `{ok: false, error_code, description, parameters}` of it. */
export class ApiFailure extends Error {
  readonly code: number
  readonly parameters: ResponseParameters | undefined

  /** @param description without the words that go with the code (`Bad Request: `, `Forbidden: `, `Conflict: `). */
  constructor(code: number, description: string, parameters?: ResponseParameters) {
    super(`${PREFIXES[code] ?? ''}${description}`)
    this.name = 'ApiFailure'
    this.code = code
    this.parameters = parameters
  }
}

export function badRequest(description: string): ApiFailure {
  return new ApiFailure(400, description)
}
