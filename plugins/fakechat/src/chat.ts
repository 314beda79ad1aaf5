/** One running chat: puts the server, the pages, the messages and the session together. */
import { randomUUID } from 'node:crypto'
import type { ChannelContext, Receipt } from '@backchannel/channel'
import { sendText } from '@backchannel/channel/http'
import { createAttachments } from './attachments.ts'
import type { Config } from './config.ts'
import { sendFile } from './files.ts'
import { parseClientFrame, renderErrorFrame } from './frames.ts'
import { createHistory } from './history/history.ts'
import { createInbound } from './inbound.ts'
import { createMessages } from './messages.ts'
import { createOutbound, type Outbound } from './outbound.ts'
import { createPage } from './page.ts'
import { startServer } from './server.ts'
import { type Client, createSockets } from './sockets.ts'
import { readUpload } from './upload.ts'
import { PAGE_MESSAGES } from './wire.ts'

export interface Chat extends Pick<Outbound, 'reply' | 'edit'> {
  /** `http://localhost:PORT` */
  readonly url: string
  settle(receipt: Receipt): void
  close(): Promise<void>
}

/** @throws BackchannelError `listen-failed` */
export async function openChat(context: ChannelContext, config: Config, html: string): Promise<Chat> {
  const { log, signal } = context
  let problem: { message?: string } = {}
  const history = createHistory({
    directory: config.directory,
    log,
    onProblem(message) {
      problem = message === undefined ? {} : { message }
      sockets.broadcast({ type: 'problem', ...problem })
    },
  })
  const attachments = createAttachments(config.directory)
  const messages = createMessages({ history, isKept: (url) => attachments.isKept(url) })
  const inbound = createInbound(context.emit, messages)
  const sockets = createSockets({ welcome, receive })
  const outbound = createOutbound({ messages, attachments, broadcast: (frame) => sockets.broadcast(frame) })
  const run = randomUUID()

  function welcome(client: Client): void {
    const { source, receipts } = context
    client.send({ type: 'hello', run, source, receipts, ...messages.newest(PAGE_MESSAGES) })
    if (problem.message !== undefined) client.send({ type: 'problem', ...problem })
    // An official client reads no history, but must not miss what was said before it came.
    for (const frame of outbound.takeUnseen()) client.send(frame)
  }

  async function receive(client: Client, data: string | Buffer): Promise<void> {
    const read = parseClientFrame(data)
    if (!read.ok) return void client.send(renderErrorFrame(read.error, read.id))
    if ('type' in read.frame) {
      const { before } = read.frame
      return void client.send({ type: 'older', before, ...messages.before(before, PAGE_MESSAGES) })
    }
    const { id } = read.frame
    try {
      const { ts, duplicate } = await inbound.admit({ ...read.frame, files: [] }, (frame) => {
        sockets.broadcast(frame, client)
      })
      client.send({ type: 'sent', id, ts, ...(duplicate ? { duplicate } : {}) })
    } catch (thrown) {
      client.send(renderErrorFrame(thrown, id))
    }
  }

  const server = await startServer({
    port: config.port,
    log,
    signal,
    routes: {
      page: createPage(html),
      socket: (request, socket, head) => sockets.accept(request, socket, head),
      async upload(request, response) {
        const arrival = await readUpload(request, attachments, signal)
        try {
          if (arrival.id === '') {
            await attachments.remove(arrival.files)
            return sendText(response, 400, 'missing id')
          }
          const { shown } = await inbound.admit(arrival, (frame) => sockets.broadcast(frame))
          if (!shown) await attachments.remove(arrival.files)
          response.writeHead(204).end()
        } catch (thrown) {
          await attachments.remove(arrival.files)
          throw thrown
        }
      },
      file(request, response, folder, name) {
        const known = messages.findFile(`${folder === 'outbox' ? '/files/' : '/uploads/'}${name}`)
        return sendFile(request, response, attachments.directory(folder), name, known?.name ?? name)
      },
    },
  })
  const url = `http://localhost:${server.port}`
  log.info(url)
  const cleaning = attachments.clean(config.keepDays)

  return {
    url,
    reply: outbound.reply,
    edit: outbound.edit,
    settle(receipt) {
      const frame = inbound.settle(receipt)
      if (frame) sockets.broadcast(frame)
    },
    async close() {
      sockets.close()
      await Promise.all([server.close(), cleaning])
      await history.close()
    },
  }
}
