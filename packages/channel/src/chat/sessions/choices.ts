/** Questions with a button for each session: where they are shown, what a press means, and how they end. */
import { randomBytes } from 'node:crypto'
import { renderError } from '@backchannel/protocol'
import { createOrderedId } from '../../events/ordered-id.ts'
import type { ChatPlace } from '../../hub/routing/router.ts'
import type { Log } from '../../log.ts'
import { attempt } from '../outbound/attempts.ts'
import type { Pace } from '../outbound/pace.ts'
import type { Button, Connection } from '../platform/connection.ts'
import type { PlatformLimits } from '../platform/limits.ts'
import { plainText } from '../platform/rich-text.ts'

export interface ShowOptions {
  /** Where the question is shown; not always the chat it is about. */
  readonly chatId: string
  readonly threadId?: string
  readonly text: string
  readonly names: readonly string[]
  /** Whose session is chosen. */
  readonly about: ChatPlace
}

export interface Choices {
  /** The chat in which one is asked who is known by their own id alone; any other id as it is, and one that can't be found. */
  resolveChat(id: string): Promise<string>
  /** Never rejects. */
  show(options: ShowOptions): Promise<void>
  /** Buttons for an answer that one person sees, and that nobody can change later. */
  create(about: ChatPlace, names: readonly string[]): { readonly buttons?: readonly (readonly Button[])[] }
  /** What a press stands for; `undefined` for a button of another kind, `gone` for a question that has ended. */
  find(data: string): { readonly about: ChatPlace; readonly name: string } | 'gone' | undefined
  /** Whether a question about it stands in a chat. */
  isOpen(about: ChatPlace): boolean
  /** Ends the questions about it, and says how. */
  end(about: ChatPlace, text: string): void
}

export interface ChoicesOptions {
  readonly connection: Connection
  readonly limits: PlatformLimits
  readonly pace: Pace
  readonly signal: AbortSignal
  readonly log: Log
}

interface Shown extends Pick<ShowOptions, 'about' | 'names'> {
  /** Absent for one that stands in no chat. */
  readonly change?: (text: string) => Promise<void>
}

const DATA = /^use:([0-9a-f]{8}):(\d{1,3})$/
/** Older questions end without a word; their buttons say so. */
const MOST_SHOWN = 200
const MOST_BUTTONS = 24

export function createChoices({ connection, limits, pace, signal, log }: ChoicesOptions): Choices {
  const shown = new Map<string, Shown>()
  const isAbout = (one: ChatPlace, { chat, thread }: ChatPlace) => one.chat === chat && one.thread === thread
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
  const keep = (key: string, one: Shown) => {
    shown.set(key, one)
    const [oldest] = shown.keys()
    if (shown.size > MOST_SHOWN && oldest !== undefined) shown.delete(oldest)
  }
  return {
    resolveChat: async (id) =>
      (await call(id, async (until) => (await connection.resolveChat?.(id, until)) ?? id)) ?? id,
    async show({ chatId, threadId, text, names, about }) {
      const key = createKey()
      const typed = limits.buttons ? text : `${text}\n${names.map((name) => `/use ${name}`).join('\n')}`
      const target = { chatId, ...(threadId === undefined ? {} : { threadId }) }
      const message = { ...target, key: createOrderedId(), text: plainText(typed), files: [], ...rowsOf(key, names) }
      const sending = call(chatId, (until) => connection.send(message, until))
      const change = async (words: string): Promise<void> => {
        // People can answer before the platform has taken it.
        const messageId = (await sending)?.messageIds.at(-1)
        if (messageId === undefined) return
        await call(chatId, (until) => connection.edit({ ...target, messageId }, { text: plainText(words) }, until))
      }
      keep(key, { about, names, change })
      if ((await sending) === undefined) shown.delete(key)
    },
    create(about, names) {
      const key = createKey()
      keep(key, { about, names })
      return rowsOf(key, names)
    },
    find(data) {
      const [, key = '', at = ''] = DATA.exec(data) ?? []
      if (key === '') return undefined
      const one = shown.get(key)
      const name = one?.names[Number(at)]
      return one && name !== undefined ? { about: one.about, name } : 'gone'
    },
    isOpen: (about) => [...shown.values()].some((one) => one.change !== undefined && isAbout(one.about, about)),
    end(about, text) {
      for (const [key, one] of shown) {
        if (!isAbout(one.about, about)) continue
        shown.delete(key)
        if (limits.edit) void one.change?.(text)
      }
    },
  }
}

function createKey(): string {
  return randomBytes(4).toString('hex')
}
