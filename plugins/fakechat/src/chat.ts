/** One running chat: puts the server, the pages, the messages and the session together. */
import { randomUUID } from 'node:crypto'
import type { ChannelContext, Receipt } from '@backchannel/channel'
import { sendText } from '@backchannel/channel/http'
import type { OpenQuestion, OpenRequest, QuestionResolution, Resolution } from '@backchannel/channel/relay'
import { createApprovals } from './approvals/approvals.ts'
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
import { type ClientRequest, PAGE_MESSAGES } from './wire.ts'

export interface Chat extends Pick<Outbound, 'reply' | 'edit'> {
  /** `http://localhost:PORT` */
  readonly url: string
  settle(receipt: Receipt): void
  /** Shows a permission prompt to the browsers that may answer it. */
  ask(request: OpenRequest): void
  resolve(request: OpenRequest, resolution: Resolution): void
  askQuestion(question: OpenQuestion): void
  resolveQuestion(question: OpenQuestion, resolution: QuestionResolution): void
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
  const approvals = createApprovals(context)
  const sockets = createSockets({ welcome, receive, gone: approvals.gone })
  const outbound = createOutbound({ messages, attachments, broadcast: (frame) => sockets.broadcast(frame) })
  const run = randomUUID()

  function welcome(client: Client): void {
    const { source, receipts } = context
    const challenge = approvals.challenge(client)
    const asks = challenge === undefined ? {} : { challenge }
    client.send({ type: 'hello', run, source, receipts, ...messages.newest(PAGE_MESSAGES), ...asks })
    if (problem.message !== undefined) client.send({ type: 'problem', ...problem })
    // An official client reads no history, but must not miss what was said before it came.
    for (const frame of outbound.takeUnseen()) client.send(frame)
  }

  async function receive(client: Client, data: string | Buffer): Promise<void> {
    const read = parseClientFrame(data)
    if (!read.ok) return void client.send(renderErrorFrame(read.error, read.id))
    if ('type' in read.frame) return answer(client, read.frame)
    const { id } = read.frame
    try {
      if (await approvals.typed(client, read.frame)) {
        client.send({ type: 'sent', id, ts: Date.now() })
        return void client.send({ type: 'state', id, state: 'completed' })
      }
      const { ts, duplicate } = await inbound.admit({ ...read.frame, files: [] }, (frame) => {
        sockets.broadcast(frame, client)
      })
      client.send({ type: 'sent', id, ts, ...(duplicate ? { duplicate } : {}) })
    } catch (thrown) {
      client.send(renderErrorFrame(thrown, id))
    }
  }

  async function answer(client: Client, request: Extract<ClientRequest, { type: string }>): Promise<void> {
    try {
      switch (request.type) {
        case 'older': {
          const { before } = request
          return void client.send({ type: 'older', before, ...messages.before(before, PAGE_MESSAGES) })
        }
        case 'identify':
          return await approvals.identify(client, request, client.host)
        case 'pair':
          return await approvals.pair(client)
        case 'verdict':
          return await approvals.verdict(client, request)
        case 'answer':
          return await approvals.answer(client, request)
        case 'interrupt':
          return await approvals.interrupt(client)
      }
    } catch (thrown) {
      client.send(renderErrorFrame(thrown))
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
    ask: approvals.ask,
    resolve: approvals.resolve,
    askQuestion: approvals.askQuestion,
    resolveQuestion: approvals.resolveQuestion,
    async close() {
      approvals.close()
      sockets.close()
      await Promise.all([server.close(), cleaning])
      await history.close()
    },
  }
}
