/** Questions with a button for each session: where they are shown, what a press means, and how they end. */
import { randomBytes } from 'node:crypto'
import { renderError } from '@backchannel/protocol'
import { createOrderedId } from '../../events/ordered-id.ts'
import type { Log } from '../../log.ts'
import { attempt } from '../outbound/attempts.ts'
import type { Pace } from '../outbound/pace.ts'
import type { Button, Connection } from '../platform/connection.ts'
import type { PlatformLimits } from '../platform/limits.ts'
import { plainText } from '../platform/rich-text.ts'

/** A chat or a topic whose session is chosen. */
export interface Choosing {
  readonly chat: string
  readonly thread?: string
}

export interface ShowOptions {
  /** Where the question is shown; not always the chat it is about. */
  readonly chatId: string
  readonly threadId?: string
  readonly text: string
  readonly names: readonly string[]
  readonly about: Choosing
}

export interface Choices {
  /** Never rejects. */
  show(options: ShowOptions): Promise<void>
  /** What a press stands for; `undefined` for a button of another kind, `gone` for a question that has ended. */
  find(data: string): { readonly about: Choosing; readonly name: string } | 'gone' | undefined
  /** Whether a question about it is open. */
  isOpen(about: Choosing): boolean
  /** Ends the questions about it, and says how. */
  end(about: Choosing, text: string): void
}

export interface ChoicesOptions {
  readonly connection: Connection
  readonly limits: PlatformLimits
  readonly pace: Pace
  readonly signal: AbortSignal
  readonly log: Log
}

interface Shown extends ShowOptions {
  /** The id of its message, once the platform has taken it: people can answer before that. Never rejects. */
  readonly sent: Promise<string | undefined>
}

const DATA = /^use:([0-9a-f]{8}):(\d{1,3})$/
/** Older questions end without a word; their buttons say so. */
const MOST_SHOWN = 200
const MOST_BUTTONS = 24

export function createChoices({ connection, limits, pace, signal, log }: ChoicesOptions): Choices {
  const shown = new Map<string, Shown>()
  const isAbout = (one: Choosing, { chat, thread }: Choosing) => one.chat === chat && one.thread === thread
  const rowsOf = (key: string, names: readonly string[]): { readonly buttons?: Button[][] } => {
    if (!limits.buttons || names.length === 0) return {}
    const all = names.slice(0, MOST_BUTTONS).map((label, at): Button => ({ label, data: `use:${key}:${at}` }))
    const rows: Button[][] = []
    for (let at = 0; at < all.length; at += limits.buttons.perRow) rows.push(all.slice(at, at + limits.buttons.perRow))
    return { buttons: rows }
  }
  const call = async <Result>(
    chatId: string,
    work: (until: AbortSignal) => Promise<Result>,
  ): Promise<Result | undefined> => {
    try {
      return await attempt((_, until) => work(until), { chatId, pace, signal, idempotent: true })
    } catch (thrown) {
      if (!signal.aborted) log.warn(`which session a chat talks to could not be shown: ${renderError(thrown)}`)
      return undefined
    }
  }
  const change = async ({ chatId, threadId, sent }: Shown, text: string): Promise<void> => {
    const messageId = await sent
    if (messageId === undefined) return
    const target = { chatId, messageId, ...(threadId === undefined ? {} : { threadId }) }
    await call(chatId, (until) => connection.edit(target, { text: plainText(text) }, until))
  }
  return {
    async show(options) {
      const { chatId, threadId, text, names } = options
      const key = randomBytes(4).toString('hex')
      const typed = limits.buttons ? text : `${text}\n${names.map((name) => `/use ${name}`).join('\n')}`
      const thread = threadId === undefined ? {} : { threadId }
      const message = {
        chatId,
        ...thread,
        key: createOrderedId(),
        text: plainText(typed),
        files: [],
        ...rowsOf(key, names),
      }
      const sending = call(chatId, (until) => connection.send(message, until))
      shown.set(key, { ...options, sent: sending.then((sent) => sent?.messageIds.at(-1)) })
      const [oldest] = shown.keys()
      if (shown.size > MOST_SHOWN && oldest !== undefined) shown.delete(oldest)
      if ((await sending) === undefined) shown.delete(key)
    },
    find(data) {
      const [, key = '', at = ''] = DATA.exec(data) ?? []
      if (key === '') return undefined
      const one = shown.get(key)
      const name = one?.names[Number(at)]
      return one && name !== undefined ? { about: one.about, name } : 'gone'
    },
    isOpen: (about) => [...shown.values()].some((one) => isAbout(one.about, about)),
    end(about, text) {
      for (const [key, one] of shown) {
        if (!isAbout(one.about, about)) continue
        shown.delete(key)
        if (limits.edit) void change(one, text)
      }
    },
  }
}
