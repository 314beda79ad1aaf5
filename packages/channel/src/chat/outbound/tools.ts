/** The tools of a chat, by their official names, arguments and results; which of them there are depends on the platform. */
import { defineTool, type Tool } from '../../define.ts'
import type { HistoryLimits } from '../platform/limits.ts'
import type { Platform } from '../platform/platform.ts'
import type { Sending } from './sending.ts'

/** Larger than any answer; a host's line has its own bound. */
const MOST_TEXT = 1_000_000
const MOST_FILES = 20

const CHAT_ID = { type: 'string', minLength: 1, description: 'The chat_id of the message.' } as const
const MESSAGE_ID = { type: 'string', minLength: 1 } as const
const FORMAT = {
  enum: ['markdown', 'text', 'markdownv2'],
  description: 'Markdown is the default and is shown with its formatting; "text" shows the text as it is.',
} as const

/** @param opened rejects where no session has registered the channel */
export function createTools({ title, limits }: Platform, opened: () => Promise<Sending>): readonly Tool[] {
  const isPlain = (format: string | undefined) => format === 'text'
  const reply = defineTool({
    name: 'reply',
    description: `Send a message to a ${title} chat. Long texts become several messages. Returns the ids, for edit_message.`,
    input: {
      type: 'object',
      properties: {
        chat_id: CHAT_ID,
        text: { type: 'string', maxLength: MOST_TEXT },
        reply_to: { type: 'string', description: 'The message_id of an older message that this one answers.' },
        files: {
          type: 'array',
          items: { type: 'string' },
          maxItems: MOST_FILES,
          description: 'Absolute paths of files to send.',
        },
        format: FORMAT,
        thread_id: { type: 'string', description: 'The thread_id of the message, if it had one.' },
      },
      required: ['chat_id', 'text'],
    },
    run: async ({ chat_id: chatId, text, reply_to: replyTo, files, format, thread_id: threadId }, { signal, call }) =>
      (await opened()).reply(
        {
          chatId,
          text,
          replyTo: replyTo || undefined,
          files,
          threadId: threadId || undefined,
          isPlain: isPlain(format),
          ...(call === undefined ? {} : { call }),
        },
        signal,
      ),
  })
  const react = defineTool({
    name: 'react',
    description: `Set the one reaction of the bot to a ${title} message${Array.isArray(limits.reactions) ? `: ${limits.reactions.slice(0, 12).join(' ')} …` : ''}.`,
    input: {
      type: 'object',
      properties: { chat_id: CHAT_ID, message_id: MESSAGE_ID, emoji: { type: 'string', maxLength: 100 } },
      required: ['chat_id', 'message_id', 'emoji'],
    },
    run: async ({ chat_id: chatId, message_id: messageId, emoji }, { signal }) =>
      (await opened()).react({ chatId, messageId }, emoji, signal),
  })
  const edit = defineTool({
    name: 'edit_message',
    description: 'Change the text of a message sent with reply, for progress on a longer task. It notifies nobody.',
    input: {
      type: 'object',
      properties: {
        chat_id: CHAT_ID,
        message_id: { ...MESSAGE_ID, description: 'An id that reply returned.' },
        text: { type: 'string', minLength: 1, maxLength: MOST_TEXT },
        format: FORMAT,
      },
      required: ['chat_id', 'message_id', 'text'],
    },
    run: async ({ chat_id: chatId, message_id: messageId, text, format }, { signal }) =>
      (await opened()).edit({ chatId, messageId }, text, isPlain(format), signal),
  })
  const download = limits.filesIn.by === 'file' ? downloadFile(opened) : downloadMessage(opened)
  return [
    reply,
    ...(limits.reactions === 'none' ? [] : [react]),
    ...(limits.edit ? [edit] : []),
    ...(limits.filesIn.maxBytes > 0 ? [download] : []),
    ...(limits.history ? [readHistory(title, limits.history, opened)] : []),
  ]
}

function readHistory(
  title: string,
  { tool, argument, most, usual }: HistoryLimits,
  opened: () => Promise<Sending>,
): Tool {
  return defineTool({
    name: tool,
    description: `Read the last messages of a ${title} chat, oldest first, with their ids. There is no search.`,
    input: {
      type: 'object',
      properties: {
        [argument]: CHAT_ID,
        limit: { type: 'integer', minimum: 1, description: `How many; default ${usual}, at most ${most}.` },
      },
      required: [argument],
    },
    run: async (input: Record<string, unknown>, { signal }) => {
      const { [argument]: chatId, limit = usual } = input
      return (await opened()).history(String(chatId), Math.min(Number(limit), most), signal)
    },
  })
}

const DOWNLOADED = 'The file is put into the inbox of the channel.'

function downloadFile(opened: () => Promise<Sending>): Tool {
  return defineTool({
    name: 'download_attachment',
    description: `Fetch a file by its attachment_file_id. Returns its path. ${DOWNLOADED}`,
    input: {
      type: 'object',
      properties: { file_id: { type: 'string', minLength: 1, maxLength: 1_000 } },
      required: ['file_id'],
    },
    run: async ({ file_id: fileId }, { signal }) => (await opened()).download({ fileId }, signal),
  })
}

function downloadMessage(opened: () => Promise<Sending>): Tool {
  return defineTool({
    name: 'download_attachment',
    description: `Fetch all files of a message. Returns their paths. ${DOWNLOADED}`,
    input: {
      type: 'object',
      properties: { chat_id: CHAT_ID, message_id: MESSAGE_ID },
      required: ['chat_id', 'message_id'],
    },
    run: async ({ chat_id: chatId, message_id: messageId }, { signal }) =>
      (await opened()).downloadAll({ chatId, messageId }, signal),
  })
}
