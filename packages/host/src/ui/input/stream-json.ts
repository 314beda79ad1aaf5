/** stream-json, in: one JSON object a line becomes an input of the session; anything else is answered with what was expected. */
import type { Readable } from 'node:stream'
import { createLineSplitter } from '@backchannel/protocol'
import * as v from 'valibot'
import type { SessionInput } from '../interaction.ts'
import { sanitizeLine } from '../sanitize.ts'

/** Bytes; a longer line is passed over without being kept. */
export const LONGEST_LINE = 1_048_576

/** UTF-16 units of what the agent is told with a denial. */
const LONGEST_NOTE = 2_000

export interface StreamJsonHandlers {
  onInput(input: SessionInput): void
  /** A line that is no input: what came, and what was expected. The stream goes on. */
  onInvalid(message: string): void
  /** The input has ended; not called after an abort. */
  onEnd(): void
}

const LONGEST_SECRET = 8_192

const text = v.pipe(
  v.string(),
  v.check((value) => value.trim() !== ''),
)
const id = v.pipe(v.string(), v.nonEmpty())

/** The loose schema of each type: unknown fields are passed over, so that a newer writer still works. */
const INPUTS = {
  prompt: v.object({ type: v.literal('prompt'), text }),
  command: v.object({
    type: v.literal('command'),
    text: v.pipe(text, v.startsWith('/')),
    secret: v.optional(v.pipe(v.string(), v.maxLength(LONGEST_SECRET))),
  }),
  permission: v.object({
    type: v.literal('permission'),
    request_id: id,
    behavior: v.picklist(['allow', 'deny']),
    scope: v.optional(v.literal('session')),
    note: v.optional(v.pipe(v.string(), v.maxLength(LONGEST_NOTE))),
  }),
  answer: v.object({
    type: v.literal('answer'),
    question_id: id,
    choices: v.optional(v.array(v.string()), []),
    text: v.optional(v.string()),
  }),
  interrupt: v.object({ type: v.literal('interrupt') }),
  end: v.object({ type: v.literal('end') }),
} as const

const FORMS: Readonly<Record<keyof typeof INPUTS, string>> = {
  prompt: '{"type":"prompt","text":"…"}',
  command: '{"type":"command","text":"/…"}',
  permission: '{"type":"permission","request_id":"…","behavior":"allow"|"deny"}',
  answer: '{"type":"answer","question_id":"…","choices":["…"]}',
  interrupt: '{"type":"interrupt"}',
  end: '{"type":"end"}',
}
const ANY_FORM = `one JSON object a line, one of ${Object.values(FORMS).join(' ')}`

/**
 * Reads until the end of `input` or until `signal` aborts; resolves then, and never rejects. `input` must not have an
 * encoding set. An error of the stream counts as its end.
 */
export function readStreamJson(input: Readable, handlers: StreamJsonHandlers, signal: AbortSignal): Promise<void> {
  const done = Promise.withResolvers<void>()
  let number = 0
  const splitter = createLineSplitter(LONGEST_LINE, {
    line(line) {
      number += 1
      if (signal.aborted) return
      const parsed = parseInput(line)
      if ('input' in parsed) handlers.onInput(parsed.input)
      else handlers.onInvalid(`Input ${number} was not taken: ${parsed.problem}`)
    },
    tooLong() {
      number += 1
      handlers.onInvalid(`Input ${number} was not taken: it is longer than ${LONGEST_LINE} bytes.`)
    },
  })
  const data = (chunk: Uint8Array) => splitter.push(chunk)
  const stop = () => {
    input.off('data', data).off('end', end).off('close', end)
    signal.removeEventListener('abort', abort)
    done.resolve()
  }
  let ended = false
  const end = () => {
    if (ended) return
    ended = true
    splitter.end()
    stop()
    handlers.onEnd()
  }
  const abort = () => {
    stop()
    input.pause()
  }
  if (signal.aborted) return Promise.resolve()
  signal.addEventListener('abort', abort, { once: true })
  // The error listener stays behind: an error after the abort is of no interest, and without a listener it would be fatal.
  input.on('error', end)
  input.on('data', data).on('end', end).on('close', end)
  return done.promise
}

/** @returns the input, or what is wrong with the line in words */
export function parseInput(line: string): { readonly input: SessionInput } | { readonly problem: string } {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { problem: `it is not JSON (${sanitizeLine(line, 60)}). Expected ${ANY_FORM}.` }
  }
  const type = v.safeParse(v.object({ type: v.string() }), value)
  if (!type.success) return { problem: `it has no "type". Expected ${ANY_FORM}.` }
  const name = type.output.type
  if (!isInputType(name)) return { problem: `there is no type "${sanitizeLine(name, 40)}". Expected ${ANY_FORM}.` }
  const parsed = v.safeParse(INPUTS[name], value)
  if (parsed.success) return { input: parsed.output }
  return { problem: `"${name}" lacks a field or has a wrong one${fieldOf(parsed.issues)}. Expected ${FORMS[name]}.` }
}

function isInputType(name: string): name is keyof typeof INPUTS {
  return Object.hasOwn(INPUTS, name)
}

function fieldOf(issues: readonly v.BaseIssue<unknown>[]): string {
  const path = issues[0] && v.getDotPath(issues[0])
  return path ? ` (${path})` : ''
}
