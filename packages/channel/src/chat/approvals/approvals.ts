/** Permission prompts in chats: asked with buttons, answered by approvers alone, and ended everywhere, whoever answered. */
import { renderError } from '@backchannel/protocol'
import type { ChannelContext } from '../../define.ts'
import type { PersonAt } from '../../relay/asking.ts'
import type { OpenRequest } from '../../relay/open-requests.ts'
import { renderResolution } from '../../relay/prompt.ts'
import type { Resolution, SenderVerdict } from '../../relay/relay.ts'
import type { MessageChange } from '../platform/connection.ts'
import type { ButtonPress, InboundMessage } from '../platform/inbound.ts'
import { plainText, type RichText } from '../platform/rich-text.ts'
import { firstKnown } from '../presence/reactions.ts'
import { promptButtons, readButton } from './buttons.ts'
import { renderPages, withOutcome } from './pages.ts'
import { promptFile } from './prompt-file.ts'
import { askInAll, createPromptMessages, type PromptMessagesOptions } from './prompt-messages.ts'

export interface Approvals {
  /** @throws AggregateError of the chats that could not be reached; the kit tells it */
  ask(request: OpenRequest): Promise<void>
  resolve(request: OpenRequest, resolution: Resolution): Promise<void>
  /** Never rejects. */
  pressed(press: ButtonPress): Promise<void>
  /** @returns whether the message was a verdict, which then goes no further */
  typed(message: InboundMessage): Promise<boolean>
}

export interface ApprovalsOptions extends PromptMessagesOptions, Pick<ChannelContext, 'relay' | 'log'> {}

/** A message that shows a prompt. */
interface Shown {
  readonly chatId: string
  /** Its id, once the platform has taken it: people can answer before that. `undefined` where it does not say. Never rejects. */
  readonly sent: Promise<string | undefined>
  readonly pages: readonly RichText[]
  page: number
}

const NOT_AUTHORISED = 'Not authorised.'
const NOT_OPEN = 'This was answered already, or is not open any more.'
const TYPED_LINE = /\n*(?:Or type|Answer): yes [a-km-z]{5} {2}or {2}no [a-km-z]{5}$/
export function createApprovals(options: ApprovalsOptions): Approvals {
  const { connection, limits, signal, relay, log } = options
  const { buttons } = limits
  const shown = new Map<string, Shown[]>()

  const { send, edit, room, resolveChat, askedAs, placesOf } = createPromptMessages(options)
  const pagesOf = (request: OpenRequest): readonly RichText[] =>
    renderPages(request, { limit: room, hasButtons: buttons !== undefined })
  const rowsOf = (requestId: string, pages: readonly RichText[]): Pick<MessageChange, 'buttons'> => {
    if (!buttons) return {}
    const hasSession = relay?.takesSession === true
    return { buttons: promptButtons(requestId, { hasMore: pages.length > 1, hasSession, perRow: buttons.perRow }) }
  }
  const askIn = async (request: OpenRequest, asked: string): Promise<void> => {
    const chatId = await resolveChat(asked)
    const pages = pagesOf(request)
    // Without buttons nobody can turn a page.
    const first = buttons ? 0 : pages.length - 1
    if (!buttons) for (const page of pages.slice(0, -1)) await send(chatId, page)
    const rows = rowsOf(request.requestId, pages)
    const isWhole = pages.length === 1 || limits.longPrompts !== 'pages-and-file'
    const files = isWhole ? {} : { files: [promptFile(request)] }
    const sending = send(chatId, pages[first] as RichText, { ...rows, ...files })
    const one: Shown = { chatId, sent: sending.catch(() => undefined), pages, page: first }
    shown.set(request.requestId, [...(shown.get(request.requestId) ?? []), one])
    try {
      await sending
    } catch (thrown) {
      const others = shown.get(request.requestId)?.filter((other) => other !== one) ?? []
      if (others.length > 0) shown.set(request.requestId, others)
      else shown.delete(request.requestId)
      throw thrown
    }
  }
  const find = async ({ chat, messageId }: ButtonPress, requestId: string): Promise<Shown | undefined> => {
    for (const one of shown.get(requestId) ?? []) {
      if (one.chatId === chat.id && (await one.sent) === messageId) return one
    }
    return undefined
  }
  const turn = async (press: ButtonPress, requestId: string): Promise<void> => {
    const one = await find(press, requestId)
    if (!one) return
    const { chat, messageId } = press
    one.page = (one.page + 1) % one.pages.length
    await edit({ chatId: chat.id, messageId }, one.pages[one.page] as RichText, rowsOf(requestId, one.pages))
  }
  const answer = async (press: ButtonPress): Promise<string | undefined> => {
    const button = readButton(press.data)
    if (!button || !relay) return NOT_OPEN
    const { requestId, action } = button
    const place = { sender: press.sender.id, chat: askedAs(press.chat.id) }
    if (action === 'more') {
      const isOpen = (await relay.open(place)).some((one) => one.requestId === requestId)
      if (!isOpen) return shown.has(requestId) ? NOT_AUTHORISED : NOT_OPEN
      await turn(press, requestId)
      return undefined
    }
    const behavior = action === 'deny' ? 'deny' : 'allow'
    const scope = action === 'session' ? { scope: 'session' as const } : {}
    const result = await relay.verdict({ requestId, behavior, ...scope, ...place })
    if (result === 'passed') return behavior === 'allow' ? '✅ Allowed' : '❌ Denied'
    return result === 'not-approver' ? NOT_AUTHORISED : NOT_OPEN
  }

  const findVerdict = async (text: string, places: readonly PersonAt[]) => {
    for (const place of places) {
      const found = await relay?.typed(text, place)
      if (found) return { ...found, ...place }
    }
    return undefined
  }
  const passes = async (verdict: SenderVerdict) => (await relay?.verdict(verdict)) === 'passed'

  return {
    ask: (request) => askInAll(request.chats, (chatId) => askIn(request, chatId)),
    async resolve(request, resolution) {
      const all = shown.get(request.requestId) ?? []
      shown.delete(request.requestId)
      const outcome = renderResolution(request, resolution)
      const end = async ({ chatId, sent, pages, page }: Shown): Promise<unknown> => {
        const messageId = await sent
        return limits.edit && messageId !== undefined
          ? edit({ chatId, messageId }, withOutcome(pages[page] as RichText, outcome, TYPED_LINE, limits.textUnits))
          : send(chatId, plainText(outcome))
      }
      await Promise.all(all.map(end))
    },
    async pressed(press) {
      try {
        const words = await answer(press)
        await connection.answerPress(press, words, signal)
        // A prompt of an earlier session: its buttons lead nowhere.
        const isForgotten = words === NOT_OPEN && !shown.has(readButton(press.data)?.requestId ?? '')
        if (isForgotten && limits.edit) {
          await edit({ chatId: press.chat.id, messageId: press.messageId }, plainText(NOT_OPEN))
        }
      } catch (thrown) {
        if (!signal.aborted) log.warn(`a button could not be answered: ${renderError(thrown)}`)
      }
    },
    async typed(message) {
      const { text, chat, id, threadId } = message
      const asked = [...shown.values()].flat().map(({ chatId }) => chatId)
      const found = await findVerdict(text, placesOf(message, asked))
      if (!found || !(await passes(found))) return false
      const wanted = found.behavior === 'allow' ? ['✅', '👍', '👌'] : ['❌', '👎', '😢']
      const emoji = firstKnown(wanted, limits.reactions)
      const target = { chatId: chat.id, messageId: id, ...(threadId === undefined ? {} : { threadId }) }
      if (emoji !== undefined) {
        connection
          .react(target, emoji, signal)
          .catch((thrown) => log.warn(`a reaction could not be set: ${renderError(thrown)}`))
      }
      return true
    },
  }
}
