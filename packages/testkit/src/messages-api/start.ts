/**
 * A stand-in for the Messages API on loopback, for tests of whatever talks to it: the real wire, with a script in place
 * of a model. It keeps every request, refuses what the API would refuse, and never reaches a network.
 */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { sendError, sendJson, sendReply } from './answer.ts'
import { InvalidRequestError, parseCountRequest, parseRequest } from './parse.ts'
import { countTokens } from './render.ts'
import type {
  ApiCall,
  MessagesApi,
  MessagesApiOptions,
  MessagesRequest,
  ModelReply,
  Reply,
  ReplyTurn,
} from './types.ts'

const DUMMY_KEY = 'sk-ant-dummy-key-of-the-test-kit'
const MODEL = 'claude-stand-in'

export async function startMessagesApi(options: MessagesApiOptions = {}): Promise<MessagesApi> {
  const { apiKey = DUMMY_KEY, isScripted = ({ tools }: MessagesRequest) => tools.length > 0 } = options
  const turns: ReplyTurn[] = []
  const requests: MessagesRequest[] = []
  const calls: { -readonly [Key in keyof ApiCall]: ApiCall[Key] }[] = []
  const problems: Error[] = []
  let toolCount = 0

  const nextReply = async (request: MessagesRequest): Promise<Reply> => {
    if (!isScripted(request)) return 'ok'
    requests.push(request)
    const turn = turns.shift()
    if (turn === undefined) {
      return {
        error: { status: 400, type: 'invalid_request_error', message: 'The script has no turn for this request.' },
      }
    }
    if (typeof turn !== 'function') return turn
    try {
      return await turn(request)
    } catch (thrown) {
      const problem = thrown instanceof Error ? thrown : new Error(String(thrown))
      problems.push(problem)
      // Not one that a client would try again.
      return {
        error: {
          status: 400,
          type: 'invalid_request_error',
          message: `A turn of the script failed: ${problem.message}`,
        },
      }
    }
  }
  const answer = async (incoming: IncomingMessage, response: ServerResponse, number: number): Promise<void> => {
    const path = new URL(incoming.url ?? '/', 'http://localhost').pathname
    const route = `${incoming.method} ${path}`
    if (route === 'HEAD /' || route === 'GET /') return sendJson(response, 200, {})
    if (!isAllowed(incoming, apiKey)) {
      return sendError(response, { status: 401, type: 'authentication_error', message: 'invalid x-api-key' })
    }
    const body = await text(incoming)
    switch (route) {
      case 'GET /v1/models':
        return sendJson(response, 200, { data: [{ type: 'model', id: MODEL, display_name: MODEL }], has_more: false })
      case 'POST /v1/messages/count_tokens':
        parseCountRequest(body)
        return sendJson(response, 200, { input_tokens: countTokens(body) })
      case 'POST /v1/messages': {
        const request = { number, path: incoming.url ?? '', headers: incoming.headers, ...parseRequest(body) }
        const reply = await nextReply(request)
        if (typeof reply === 'object' && 'error' in reply) return sendError(response, reply.error)
        const rendering = {
          id: `msg_${number}`,
          model: request.model,
          inputTokens: countTokens(body),
          nextToolId() {
            toolCount += 1
            return `toolu_${toolCount}`
          },
        }
        return sendReply(response, asModelReply(reply), rendering, request.stream)
      }
      default:
        return sendError(response, { status: 404, type: 'not_found_error', message: `${route} is not known here` })
    }
  }

  const server = createServer((incoming, response) => {
    const call = { method: incoming.method ?? '', path: incoming.url ?? '', status: 0 }
    calls.push(call)
    const number = calls.length
    response.setHeader('request-id', `req_${number}`)
    response.once('finish', () => {
      call.status = response.statusCode
    })
    answer(incoming, response, number).catch((thrown: unknown) => {
      if (response.headersSent || response.destroyed) return response.destroy()
      if (thrown instanceof InvalidRequestError) {
        return sendError(response, { status: 400, type: 'invalid_request_error', message: thrown.message })
      }
      sendError(response, { status: 500, type: 'api_error', message: String(thrown) })
    })
  })
  server.listen({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= (async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    })()
    return closing
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey,
    script: (...more) => void turns.push(...more),
    get turnsLeft() {
      return turns.length
    },
    requests,
    calls,
    problems,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function isAllowed({ headers }: IncomingMessage, apiKey: string): boolean {
  return headers['x-api-key'] === apiKey || headers.authorization === `Bearer ${apiKey}`
}

function asModelReply(reply: string | ModelReply): ModelReply {
  return typeof reply === 'string' ? { blocks: [{ text: reply }] } : reply
}
