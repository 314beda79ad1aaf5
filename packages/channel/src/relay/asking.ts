/**
 * Prompts of one kind through a channel, permissions or questions: asked where an approver reads them, answered once, ended
 * everywhere (contract 5 and 8).
 */
import { type Origin, renderError } from '@backchannel/protocol'
import type { Approvers } from '../access/approvers.ts'
import type { Log } from '../log.ts'
import { chooseChats } from './choose-chats.ts'
import { type Asked, createOpenRequests } from './open-requests.ts'

/** What every part of a relay needs. */
export interface RelayGround {
  readonly approvers: Approvers
  /** The name the session gives the channel. */
  readonly source: string
  /** Whether the host says where a prompt comes from, and what became of it (feature `origin`). */
  readonly extended: boolean
  readonly log: Log
  /** Aborts when the session ends: no answer counts from then on. */
  readonly signal: AbortSignal
  notify(method: string, params: Record<string, unknown>): void
}

/** Where somebody writes or presses. */
export interface PersonAt {
  readonly sender: string
  readonly chat: string
}

export interface AskingOptions<Request extends { readonly origin?: Origin }, End> extends RelayGround {
  /** In messages: `a permission`. */
  readonly noun: string
  idOf(request: Request): string
  ask(request: Request & Asked): Promise<void> | void
  resolve(request: Request & Asked, end: End): Promise<void> | void
  /** How a prompt ends that is forgotten to make room, or whose id comes again. */
  readonly ends: { readonly forgotten: End; readonly replaced: End }
}

export interface Asking<Request, End> {
  /** A new one from the host. Never rejects. */
  request(request: Request): Promise<void>
  /** It has ended. Never rejects. */
  end(id: string, end: End): Promise<void>
  find(id: string, chat: string): (Request & Asked) | undefined
  /** Takes the one answer it gets, from somebody who may answer. */
  take(request: Request & Asked, sender: string): Promise<'taken' | 'not-open' | 'not-approver'>
  /** What this person could answer there, oldest first. */
  list(place: PersonAt): Promise<readonly (Request & Asked)[]>
  mayAnswer(sender: string): Promise<boolean>
}

export function createAsking<Request extends { readonly origin?: Origin }, End>(
  options: AskingOptions<Request, End>,
): Asking<Request, End> {
  const { approvers, source, extended, log, signal, noun, idOf, ends } = options
  type Open = Request & Asked
  const requests = createOpenRequests<Open>(idOf)
  /** Those for which chats are still being chosen; taken out by whatever ends them meanwhile. */
  const choosing = new Map<string, Request>()
  /** Nothing is said about the end of a prompt before it was shown, or it would stay on somebody's phone. */
  const shown = new WeakMap<Open, Promise<void>>()

  const mayAnswer = async (sender: string) => (await approvers.mode()) !== 'off' && isApprover(approvers, sender)
  const attempt = async (what: string, work: () => Promise<void> | void) => {
    try {
      await work()
    } catch (thrown) {
      log.error(`${what} failed: ${renderError(thrown)}`)
    }
  }
  const finish = async (request: Open | undefined, end: End) => {
    if (!request) return
    await shown.get(request)
    await attempt(`ending the prompt for ${noun}`, () => options.resolve(request, end))
  }
  const end = (id: string, how: End): Promise<void> => {
    choosing.delete(id)
    return finish(requests.close(id), how)
  }
  const ask = async (request: Request) => {
    const id = idOf(request)
    choosing.set(id, request)
    const [mode, list] = [await approvers.mode(), await approvers.list()]
    if (choosing.get(id) !== request) return
    choosing.delete(id)
    // A feature counts only where both sides list it.
    const origin = extended ? request.origin : undefined
    const chats = chooseChats({ mode, approvers: list, source, origin })
    if (chats.length === 0) return
    const open = { ...request, chats }
    const forgotten = requests.add(open)
    const asked = attempt(`asking for ${noun}`, () => options.ask(open))
    shown.set(open, asked)
    await Promise.all([asked, finish(forgotten, ends.forgotten)])
  }
  return {
    async request(request) {
      // An id comes again only after its request has ended: what the old prompt showed must not be what is answered.
      const replaced = end(idOf(request), ends.replaced)
      await attempt(`asking for ${noun}`, () => ask(request))
      await replaced
    },
    end,
    find: (id, chat) => (signal.aborted ? undefined : requests.find(id, chat)),
    async take(request, sender) {
      if (!(await mayAnswer(sender))) return 'not-approver'
      // Looked at again: another answer may have come while the list was read.
      return !signal.aborted && requests.answer(request) ? 'taken' : 'not-open'
    },
    list: async ({ sender, chat }) => (!signal.aborted && (await mayAnswer(sender)) ? requests.list(chat) : []),
    mayAnswer,
  }
}

export async function isApprover(approvers: Approvers, sender: string): Promise<boolean> {
  return (await approvers.list()).some((approver) => approver.sender === sender)
}
