/** Reads a request for a message as strictly as the API does where an agent could get it wrong. */
import { isObject } from '../fake-host/messages.ts'
import type { Message, MessagesRequest, ToolResultBlock } from './types.ts'

type Parsed = Omit<MessagesRequest, 'number' | 'path' | 'headers'>

/** What the wire calls an `invalid_request_error`. */
export class InvalidRequestError extends Error {}

const ROLES = ['user', 'assistant', 'system']

/** @throws InvalidRequestError */
export function parseRequest(text: string): Parsed {
  const body = parseBody(text)
  const { model, stream = false, max_tokens: most, messages, tools = [] } = body
  if (typeof model !== 'string' || model === '') throw new InvalidRequestError('model: Field required')
  if (!Number.isInteger(most) || Number(most) < 1) {
    throw new InvalidRequestError('max_tokens: Input should be greater than or equal to 1')
  }
  if (typeof stream !== 'boolean') throw new InvalidRequestError('stream: Input should be a valid boolean')
  const history = parseMessages(messages)
  assertPaired(history)
  return {
    model,
    stream,
    system: parseContent(body['system'] ?? [], 'system')
      .map(readText)
      .join('\n'),
    messages: history,
    tools: parseTools(tools),
    toolResults: readResults(history.findLast(({ role }) => role === 'user')),
    body,
  }
}

/** What `count_tokens` takes: the same without a limit. @throws InvalidRequestError */
export function parseCountRequest(text: string): void {
  const { model, messages } = parseBody(text)
  if (typeof model !== 'string' || model === '') throw new InvalidRequestError('model: Field required')
  parseMessages(messages)
}

function parseBody(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text)
    if (isObject(body)) return body
  } catch {
    // Said below, in the words for both.
  }
  throw new InvalidRequestError('The request body is not valid JSON')
}

function parseMessages(value: unknown): Message[] {
  if (!Array.isArray(value)) throw new InvalidRequestError('messages: Field required')
  const messages = value.map((message: unknown, at): Message => {
    const { role, content } = isObject(message) ? message : {}
    if (typeof role !== 'string' || !ROLES.includes(role)) {
      throw new InvalidRequestError(`messages.${at}.role: Input should be 'user' or 'assistant'`)
    }
    return { role, content: parseContent(content, `messages.${at}.content`) }
  })
  if (messages.length === 0) throw new InvalidRequestError('messages: at least one message is required')
  if (messages[0]?.role === 'assistant')
    throw new InvalidRequestError('messages: first message must use the "user" role')
  return messages
}

function parseContent(content: unknown, place: string): Message['content'] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (Array.isArray(content) && content.every((block) => isObject(block) && typeof block['type'] === 'string')) {
    return content
  }
  throw new InvalidRequestError(`${place}: Input should be a valid string or list of blocks`)
}

function parseTools(value: unknown): string[] {
  if (!Array.isArray(value)) throw new InvalidRequestError('tools: Input should be a valid list')
  const names = value.map((tool: unknown, at) => {
    if (isObject(tool) && typeof tool['name'] === 'string') return tool['name']
    throw new InvalidRequestError(`tools.${at}.name: Field required`)
  })
  if (new Set(names).size < names.length) throw new InvalidRequestError('tools: Tool names must be unique.')
  return names
}

/** Each call of a tool is answered in the next user message, and nothing else is. */
function assertPaired(history: readonly Message[]): void {
  let open: readonly unknown[] = []
  for (const [at, { role, content }] of history.entries()) {
    if (role === 'system') continue
    const results = content.filter(({ type }) => type === 'tool_result').map((block) => block['tool_use_id'])
    const unanswered = open.filter((id) => !results.includes(id))
    if (unanswered.length > 0) {
      throw new InvalidRequestError(
        `messages.${at - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${unanswered}`,
      )
    }
    const unasked = results.filter((id) => !open.includes(id))
    if (unasked.length > 0) {
      throw new InvalidRequestError(
        `messages.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${unasked}`,
      )
    }
    open = role === 'assistant' ? content.filter(({ type }) => type === 'tool_use').map(({ id }) => id) : []
  }
  if (open.length > 0) {
    throw new InvalidRequestError(`messages: \`tool_use\` ids without \`tool_result\` blocks at the end: ${open}`)
  }
}

function readResults(message: Message | undefined): ToolResultBlock[] {
  const blocks = message?.content.filter(({ type }) => type === 'tool_result') ?? []
  return blocks.map((block) => ({
    toolUseId: String(block['tool_use_id']),
    text: parseContent(block['content'] ?? '', 'tool_result')
      .map(readText)
      .join('\n'),
    isError: block['is_error'] === true,
  }))
}

function readText(block: Readonly<Record<string, unknown>>): string {
  return typeof block['text'] === 'string' ? block['text'] : ''
}
