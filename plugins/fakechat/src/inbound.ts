/** From the page to the session: each message is checked, sent once, and followed through its receipts. */
import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { BackchannelError, type Emit, type Receipt } from '@backchannel/channel'
import type { StoredFile } from './attachments.ts'
import type { Messages } from './messages.ts'
import type { ClientFrame, Message, ServerFrame } from './wire.ts'

export interface Arrival extends ClientFrame {
  readonly files: readonly StoredFile[]
}

export interface Admission {
  readonly ts: number
  /** The same message came before, in this run or an earlier one, and was not sent again. */
  readonly duplicate: boolean
  /** The page shows these files; those of a repeat are not needed. */
  readonly shown: boolean
}

export interface Inbound {
  /**
   * Resolves once the event is stored. `announce` tells the other pages.
   * @throws BackchannelError `message-invalid`, or what `emit` throws; the message may then be tried again.
   */
  admit(arrival: Arrival, announce: (frame: ServerFrame) => void): Promise<Admission>
  /** Notes what became of an event; the frame for the pages, or nothing if the event is not known. */
  settle(receipt: Receipt): ServerFrame | undefined
}

/** Ids are made by clients and reach the agent's context as an attribute. */
const ID = /^[\x21-\x7e]{1,64}$/
const DIGEST_LENGTH = 12

export function createInbound(emit: Emit, messages: Messages): Inbound {
  const sending = new Map<string, { readonly same: string; readonly done: Promise<Admission> }>()

  const send = async (arrival: Arrival, same: string, announce: (frame: ServerFrame) => void): Promise<Admission> => {
    const ts = Date.now()
    const eventId = createEventId(arrival.id, same)
    // The journal knows it by that name also when it comes again after a restart.
    const event = { content: renderContent(arrival), meta: renderMeta(arrival, ts), eventId }
    const { duplicate } = await emit(event)
    const { id, text, files } = arrival
    const earlier = duplicate ? messages.recall(id) : undefined
    if (earlier) return { ts: earlier.ts, duplicate, shown: false }
    const links = files.length > 0 ? { files: files.map(uploadLink) } : {}
    messages.add({ id, from: 'user', text, ts, ...links, state: 'sent' })
    announce({ type: 'user', id, text, ts, ...links })
    return { ts, duplicate, shown: true }
  }

  return {
    async admit(arrival, announce) {
      check(arrival)
      const same = fingerprint(arrival)
      const known = messages.find(arrival.id)
      const busy = sending.get(arrival.id)
      if ((known && fingerprint(known) !== same) || (busy && busy.same !== same)) throw taken(arrival.id)
      if (known) return { ts: known.ts, duplicate: true, shown: false }
      if (busy) {
        // The one that came first is answered first.
        const { ts } = await busy.done.finally(() => setImmediate())
        return { ts, duplicate: true, shown: false }
      }
      const done = send(arrival, same, announce)
      sending.set(arrival.id, { same, done })
      try {
        return await done
      } finally {
        sending.delete(arrival.id)
      }
    },
    settle({ eventId, state, reason }) {
      const id = messageOf(eventId)
      const change = { state, ...(reason === undefined ? {} : { reason }) }
      return messages.change(id, change) ? { type: 'state', id, ...change } : undefined
    },
  }
}

/** The link under which a page shows the person's own file again. */
function uploadLink({ stored, name, size, mime }: StoredFile): {
  url: string
  name: string
  size: number
  mime: string
} {
  return { url: `/uploads/${stored}`, name, size, mime }
}

function renderContent({ text, files }: Arrival): string {
  return text.trim() === '' ? `(${files.map(({ name }) => name).join(', ')})` : text
}

/** The official keys first and in their order; then what the official fakechat does not tell. */
function renderMeta({ id, files }: Arrival, ts: number): Record<string, string> {
  const meta: Record<string, string> = { chat_id: 'web', message_id: id, user: 'web', ts: new Date(ts).toISOString() }
  for (const [index, file] of files.entries()) {
    const suffix = index === 0 ? '' : `_${index + 1}`
    meta[`file_path${suffix}`] = file.path
    meta[`attachment_name${suffix}`] = file.name
    meta[`attachment_mime${suffix}`] = file.mime
    meta[`attachment_size${suffix}`] = String(file.size)
  }
  if (files.length > 1) meta['attachment_count'] = String(files.length)
  return meta
}

function check({ id, text, files }: Arrival): void {
  if (!ID.test(id)) {
    throw new BackchannelError(
      'message-invalid',
      `"id" is ${JSON.stringify(id.slice(0, 80))}, which is no message id.`,
      {
        hint: 'An id has 1 to 64 printable ASCII characters without spaces.',
      },
    )
  }
  if (text.trim() === '' && files.length === 0) {
    throw new BackchannelError('message-invalid', 'The message has neither text nor a file.', { hint: 'Add one.' })
  }
}

/** What makes two messages of one id the same: a stored file's path differs with each attempt, so it is left out. */
function fingerprint(message: Arrival | Message): string {
  const files = (message.files ?? []).map(({ name, size }) => [name, size])
  return JSON.stringify(['from' in message ? message.from : 'user', message.text, files])
}

/**
 * Tells the message and its content: receipts find their message after a restart too, and another content under a used
 * id is another event, never a repeat that is swallowed.
 */
function createEventId(id: string, same: string): string {
  return `${id}.${hash('sha256', same, 'base64url').slice(0, DIGEST_LENGTH)}`
}

function messageOf(eventId: string): string {
  return eventId.slice(0, -DIGEST_LENGTH - 1)
}

function taken(id: string): BackchannelError {
  return new BackchannelError('message-invalid', `The message id "${id}" was used for another message already.`, {
    hint: 'Give each message an id of its own.',
  })
}
