/** A word of the channel itself, such as a code: sent aside, a few times at most, and never worth an error. */
import { renderError } from '@backchannel/protocol'
import { createOrderedId } from '../events/ordered-id.ts'
import type { Log } from '../log.ts'
import { attempt } from './outbound/attempts.ts'
import type { Pace } from './outbound/pace.ts'
import type { Connection, MessageTarget } from './platform/connection.ts'
import { plainText } from './platform/rich-text.ts'

export type Tell = (target: Partial<MessageTarget> & { readonly chatId: string }, text: string) => void

export interface TellOptions {
  readonly connection: Connection
  readonly pace: Pace
  readonly log: Log
  readonly signal: AbortSignal
}

/** Words that wait to be sent; a platform that is away must not gather more. */
const MOST_WAITING = 100

export function createTell({ connection, pace, log, signal }: TellOptions): Tell {
  let waiting = 0
  const send = async ({ messageId, ...target }: Parameters<Tell>[0], text: string): Promise<void> => {
    const replyTo = messageId === undefined ? {} : { replyTo: messageId }
    const message = { ...target, ...replyTo, key: createOrderedId(), text: plainText(text), files: [] }
    const call = (_: boolean, until: AbortSignal) => connection.send(message, until)
    // Twice the same words do no harm.
    await pace.run(target.chatId, signal, () =>
      attempt(call, { chatId: target.chatId, pace, signal, idempotent: true }),
    )
  }
  return (target, text) => {
    if (waiting >= MOST_WAITING || signal.aborted) return
    waiting += 1
    send(target, text)
      .catch((thrown) => {
        if (!signal.aborted) log.warn(`the channel's own words could not be sent: ${renderError(thrown)}`)
      })
      .finally(() => {
        waiting -= 1
      })
  }
}
