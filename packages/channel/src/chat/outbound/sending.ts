/** What the tools do, once a session runs: each call passes the gate first, and nothing is sent before all of it was checked. */
import { BackchannelError } from '@backchannel/protocol'
import type { Access } from '../../access/access.ts'
import type { Inbox } from '../files/inbox.ts'
import type { OutgoingFiles } from '../files/outgoing.ts'
import type { Connection, FileReference, MessageTarget } from '../platform/connection.ts'
import type { Attachment } from '../platform/inbound.ts'
import type { Platform } from '../platform/platform.ts'
import { plainText, type RichText } from '../platform/rich-text.ts'
import { renderPieces } from '../text/forms.ts'
import { attempt } from './attempts.ts'
import type { Deliver } from './deliver.ts'
import type { OutboundGate } from './gate.ts'
import type { Pace } from './pace.ts'
import { planParts } from './parts.ts'
import type { Threads } from './threads.ts'

export interface Reply {
  readonly chatId: string
  readonly text: string
  readonly replyTo?: string | undefined
  readonly threadId?: string | undefined
  readonly files?: readonly string[] | undefined
  /** Shown as it is. */
  readonly isPlain?: boolean
}

/** Each resolves with the text for the agent, and rejects with what went wrong. */
export interface Sending {
  reply(reply: Reply, signal: AbortSignal): Promise<string>
  react(target: MessageTarget, emoji: string, signal: AbortSignal): Promise<string>
  edit(target: MessageTarget, text: string, isPlain: boolean, signal: AbortSignal): Promise<string>
  download(file: FileReference, signal: AbortSignal): Promise<string>
  downloadAll(target: MessageTarget, signal: AbortSignal): Promise<string>
}

export interface SendingOptions {
  readonly platform: Platform
  readonly connection: Connection
  readonly access: Pick<Access, 'current'>
  readonly gate: OutboundGate
  readonly deliver: Deliver
  readonly pace: Pace
  readonly files: OutgoingFiles
  readonly inbox: Inbox
  readonly threads: Threads
  /** A line of its own beneath the last text of each answer. */
  readonly signature?: string | undefined
}

/** More messages than this are no answer but a file. */
const MOST_PIECES = 50
/** Shorter messages would be a flood. */
export const LEAST_UNITS = 200

export function createSending(options: SendingOptions): Sending {
  const { platform, connection, access, gate, deliver, pace, files, inbox, threads } = options
  const { limits } = platform

  const pieces = async (text: string, isPlain: boolean): Promise<readonly RichText[]> => {
    const { textChunkLimit = limits.textUnits, chunkMode = 'length' } = (await access.current()) ?? {}
    const limit = Math.min(limits.textUnits, Math.max(LEAST_UNITS, textChunkLimit))
    return renderPieces(text, { form: limits.richText, limit, mode: chunkMode, isPlain })
  }
  const fetch = (file: Attachment | FileReference, signal: AbortSignal) => {
    const name = 'name' in file && file.name !== undefined ? { name: file.name } : {}
    return inbox.save((until) => connection.download(file, until), { ...name, signal })
  }

  return {
    async reply({ chatId, text, replyTo, threadId, files: paths = [], isPlain = false }, signal) {
      await gate.check(chatId, signal)
      const { replyToMode = 'first' } = (await access.current()) ?? {}
      const rendered = sign(await pieces(text, isPlain), options.signature, limits.textUnits)
      if (rendered.length === 0 && paths.length === 0) throw nothing()
      if (rendered.length > MOST_PIECES) throw tooMany(rendered.length)
      if (paths.length > 0 && limits.filesOut.maxBytes === 0) throw noFiles(platform.title)
      const opened = await files.open(paths)
      try {
        const parts = planParts(rendered, paths, {
          filesOut: limits.filesOut,
          replyTo: limits.replies ? replyTo : undefined,
          replyToMode,
        })
        const thread = threadId ?? threads.find(chatId, replyTo)
        const target = { chatId, ...(thread === undefined ? {} : { threadId: thread }) }
        const byPath = new Map(opened.map((file) => [file.path, file]))
        const ids = await deliver.send({ ...target, parts, files: byPath }, signal)
        return renderSent(Math.max(parts.length, ids.length), ids)
      } finally {
        await Promise.all(opened.map((file) => file.close()))
      }
    },
    async react(target, emoji, signal) {
      await gate.check(target.chatId, signal)
      const { reactions } = limits
      if (Array.isArray(reactions) && !reactions.includes(emoji)) throw unknownEmoji(platform.title, emoji, reactions)
      const run = (_: boolean, until: AbortSignal) => connection.react(target, emoji === '' ? undefined : emoji, until)
      await attempt(run, { chatId: target.chatId, pace, signal, idempotent: true })
      return 'reacted'
    },
    async edit(target, text, isPlain, signal) {
      await gate.check(target.chatId, signal)
      const [only, ...more] = await pieces(text, isPlain)
      if (!only) throw nothing()
      if (more.length > 0) throw tooLong(limits.textUnits)
      const run = (_: boolean, until: AbortSignal) => connection.edit(target, { text: only }, until)
      // In its turn: an edit must not overtake the one before.
      await pace.run(target.chatId, signal, () =>
        attempt(run, { chatId: target.chatId, pace, signal, idempotent: true }),
      )
      return `edited (id: ${target.messageId})`
    },
    async download(file, signal) {
      await gate.checkOn()
      const { path } = await fetch(file, signal)
      return path
    },
    async downloadAll(target, signal) {
      await gate.check(target.chatId, signal)
      const attachments = (await connection.attachments?.(target, signal)) ?? []
      if (attachments.length === 0) return 'message has no attachments'
      const lines: string[] = []
      for (const attachment of attachments) {
        const named = attachment.name ?? attachment.fileId
        const line = await fetch({ ...attachment, ...target }, signal).then(
          ({ path, size, kind }) =>
            `  ${path}  (${named}, ${kind?.mime ?? attachment.mime ?? 'unknown'}, ${Math.round(size / 1024)}KB)`,
          (thrown: Error) => `  ${named}: not downloaded, ${thrown.message}`,
        )
        signal.throwIfAborted()
        lines.push(line)
      }
      const count = lines.filter((line) => !line.includes(': not downloaded, ')).length
      return [`downloaded ${count} attachment(s):`, ...lines].join('\n')
    },
  }
}

/** Beneath the last text; where it does not fit there, as a message of its own. An answer without a text has none. */
function sign(pieces: readonly RichText[], signature: string | undefined, most: number): readonly RichText[] {
  const last = pieces.at(-1)
  if (!signature || !last) return pieces
  const signed = `${last.text}\n${signature}`
  if (signed.length > most) return [...pieces, plainText(signature)]
  return [...pieces.slice(0, -1), { ...last, text: signed }]
}

/** As the official servers say it; without ids on a platform that gives none. */
function renderSent(parts: number, ids: readonly string[]): string {
  if (parts === 1 && ids.length <= 1) return ids.length === 0 ? 'sent' : `sent (id: ${ids[0]})`
  return `sent ${parts} parts${ids.length === 0 ? '' : ` (ids: ${ids.join(', ')})`}`
}

function nothing(): BackchannelError {
  return new BackchannelError('arguments-invalid', 'There is neither a text nor a file to send.')
}

function tooMany(count: number): BackchannelError {
  return new BackchannelError('arguments-invalid', `The text would be ${count} messages; ${MOST_PIECES} is the most.`, {
    hint: 'Send the part that matters, and the rest as a file.',
  })
}

function noFiles(title: string): BackchannelError {
  return new BackchannelError('arguments-invalid', `${title} takes no files.`)
}

function unknownEmoji(title: string, emoji: string, known: readonly string[]): BackchannelError {
  return new BackchannelError(
    'arguments-invalid',
    `${title} knows no reaction ${JSON.stringify(emoji.slice(0, 40))}; it takes ${known.slice(0, 80).join(' ')}`,
  )
}

function tooLong(limit: number): BackchannelError {
  return new BackchannelError('arguments-invalid', `The text is longer than one message (${limit} characters).`, {
    hint: 'Shorten it, or send a new reply.',
  })
}
