/** From the agent to the page: replies with their files, and edits; kept while no page is open. */
import { BackchannelError } from '@backchannel/channel'
import type { Attachments, StoredFile } from './attachments.ts'
import type { Messages } from './messages.ts'
import type { AgentMessageFrame, FileLink, Message, ServerFrame } from './wire.ts'

export interface Reply {
  readonly text: string
  readonly replyTo?: string | undefined
  /** Absolute paths. */
  readonly files?: readonly string[] | undefined
}

export interface Outbound {
  /**
   * Resolves with the text for the agent, which says so when nobody can see the message yet.
   * @throws BackchannelError `file-unreadable`, `file-too-large` or `state-unwritable`; nothing was sent then.
   */
  reply(reply: Reply, signal: AbortSignal): Promise<string>
  /** @throws BackchannelError `message-unknown` */
  edit(id: string, text: string): string
  /** The official frames of all that was sent while no page was open; each is given once. */
  takeUnseen(): readonly ServerFrame[]
}

export interface OutboundOptions {
  readonly messages: Messages
  readonly attachments: Attachments
  /** Sends to every open page and returns how many took it. */
  readonly broadcast: (frame: ServerFrame) => number
}

export function createOutbound({ messages, attachments, broadcast }: OutboundOptions): Outbound {
  const unseen = new Set<string>()
  let sequence = 0

  const copyAll = async (paths: readonly string[], signal: AbortSignal): Promise<StoredFile[]> => {
    const copies: StoredFile[] = []
    try {
      for (const path of paths) copies.push(await attachments.copy(path, signal))
      signal.throwIfAborted()
      return copies
    } catch (thrown) {
      await attachments.remove(copies)
      throw thrown
    }
  }

  return {
    async reply({ text, replyTo, files = [] }, signal) {
      const links = (await copyAll(files, signal)).map(downloadLink)
      const ts = Date.now()
      sequence += 1
      const message: Message = {
        id: `m${ts}-${sequence}`,
        from: 'assistant',
        text,
        ts,
        ...(replyTo === undefined ? {} : { replyTo }),
        ...(links.length > 0 ? { files: links } : {}),
      }
      messages.add(message)
      if (broadcast(renderMessage(message)) > 0) return `sent (${message.id})`
      unseen.add(message.id)
      return `sent (${message.id}); no page is open, it is shown when one connects`
    },
    edit(id, text) {
      const message = messages.recall(id)
      if (message?.from !== 'assistant') throw unknown(id, message !== undefined)
      messages.change(id, { text, edited: true })
      return broadcast({ type: 'edit', id, text }) > 0 ? 'ok' : 'ok; no page is open, it is shown when one connects'
    },
    takeUnseen() {
      const frames = [...unseen].map((id) => messages.recall(id)).filter((message) => message !== undefined)
      unseen.clear()
      return frames.map(renderMessage)
    },
  }
}

/** The frame of the official fakechat, which knows one file; ours has all of them beside it. */
function renderMessage({ id, text, ts, replyTo, files }: Message): AgentMessageFrame {
  const [file] = files ?? []
  return {
    type: 'msg',
    id,
    from: 'assistant',
    text,
    ts,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(file === undefined ? {} : { file }),
    ...(files === undefined ? {} : { files }),
  }
}

function downloadLink({ stored, name, size, mime }: StoredFile): FileLink {
  return { url: `/files/${stored}`, name, size, mime }
}

function unknown(id: string, isUsers: boolean): BackchannelError {
  const problem = isUsers ? 'it is a message of the user' : 'no such message is kept'
  return new BackchannelError(
    'message-unknown',
    `Message ${JSON.stringify(id.slice(0, 80))} can't be edited: ${problem}.`,
    {
      hint: 'Pass the id that reply returned, or send a new reply.',
    },
  )
}
