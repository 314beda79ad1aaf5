/** Texts, files and buttons on their way out: one message a call, never tried again here. */
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { Button, OutgoingFile, OutgoingMessage, SentMessage } from '@backchannel/channel/chat'
import type { API } from '@discordjs/core/http-only'
import type { Call } from '../api/client.ts'

type Body = Parameters<API['channels']['createMessage']>[1]

/** Ten files over a slow line. */
const UPLOAD_LIMIT_MS = 10 * 60_000
/** Of the key by which Discord knows a message again. */
const NONCE_UNITS = 25
const ROW = 1
const BUTTON = 2
const STYLES = { success: 3, danger: 4, secondary: 2 } as const

/** Persons who are named are told; a whole channel or a role never is, whatever the agent writes. */
export const MENTIONS: NonNullable<Body['allowed_mentions']> = { parse: ['users'] as never[], replied_user: true }

export async function send(call: Call, message: OutgoingMessage, signal: AbortSignal): Promise<SentMessage> {
  const { chatId, text, files, replyTo, buttons, key } = message
  const body: Body = {
    ...(text.text === '' ? {} : { content: text.text }),
    nonce: nonceOf(key),
    enforce_nonce: true,
    allowed_mentions: MENTIONS,
    ...(replyTo === undefined ? {} : { message_reference: { message_id: replyTo, fail_if_not_exists: false } }),
    ...(buttons ? { components: toRows(buttons) } : {}),
    ...(files.length === 0 ? {} : { files: await Promise.all(files.map(readFile)) }),
  }
  const limit = files.length === 0 ? {} : { limitMs: UPLOAD_LIMIT_MS }
  const { id } = await call((api, ended) => api.channels.createMessage(chatId, body, { signal: ended }), {
    signal,
    ...limit,
  })
  return { messageIds: [id] }
}

export function toRows(rows: readonly (readonly Button[])[]): NonNullable<Body['components']> {
  return rows.map((row) => ({
    type: ROW,
    components: row.map(({ label, data }) => ({ type: BUTTON, style: styleOf(data), label, custom_id: data })),
  }))
}

function styleOf(data: string): number {
  if (data.startsWith('perm:deny:')) return STYLES.danger
  return /^perm:(allow|session):/.test(data) ? STYLES.success : STYLES.secondary
}

function nonceOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, NONCE_UNITS)
}

/** The client wants the bytes of a form at once; they are bounded by what Discord takes. */
async function readFile(file: OutgoingFile) {
  const chunks: Uint8Array[] = []
  for await (const chunk of file.read()) chunks.push(chunk)
  return { name: file.name, data: Buffer.concat(chunks), contentType: file.mime }
}
