/** Answers of the model as the wire has them: one JSON document, or server-sent events in pieces. */
import type { ModelReply, ReplyBlock } from './types.ts'

export interface Rendering {
  readonly id: string
  readonly model: string
  readonly inputTokens: number
  /** An id for each call of a tool, unique in the life of the API. */
  nextToolId(): string
}

export interface StreamEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/** Characters a piece: small, so that words and JSON are cut in the middle. */
const PIECE = 7

export function renderMessage(reply: ModelReply, rendering: Rendering): object {
  const content = reply.blocks.map((block) => renderBlock(block, rendering))
  return {
    ...envelope(rendering),
    content,
    stop_reason: stopReason(reply),
    usage: usage(rendering, countOutput(reply)),
  }
}

/** @param last index of the last block that is sent; for a stream that breaks. */
export function* renderStream(
  reply: ModelReply,
  rendering: Rendering,
  last: number = Number.POSITIVE_INFINITY,
): Iterable<StreamEvent> {
  yield {
    type: 'message_start',
    message: { ...envelope(rendering), content: [], stop_reason: null, usage: usage(rendering, 1) },
  }
  yield { type: 'ping' }
  for (const [index, block] of reply.blocks.entries()) {
    if (index > last) return
    const whole = renderBlock(block, rendering)
    const isTool = whole['type'] === 'tool_use'
    const content_block = isTool ? { ...whole, input: {} } : { ...whole, text: '' }
    yield { type: 'content_block_start', index, content_block }
    for (const piece of pieces(isTool ? JSON.stringify(whole['input']) : String(whole['text']))) {
      const delta = isTool ? { type: 'input_json_delta', partial_json: piece } : { type: 'text_delta', text: piece }
      yield { type: 'content_block_delta', index, delta }
    }
    yield { type: 'content_block_stop', index }
  }
  if (last < Number.POSITIVE_INFINITY) return
  yield {
    type: 'message_delta',
    delta: { stop_reason: stopReason(reply), stop_sequence: null },
    usage: { output_tokens: countOutput(reply) },
  }
  yield { type: 'message_stop' }
}

/** About four characters a token: enough for whoever shows it or has a budget. */
export function countTokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4))
}

function envelope({ id, model }: Rendering): object {
  return { id, type: 'message', role: 'assistant', model, stop_sequence: null }
}

function renderBlock(block: ReplyBlock, { nextToolId }: Rendering): Record<string, unknown> {
  if ('text' in block) return { type: 'text', text: block.text }
  return { type: 'tool_use', id: nextToolId(), name: block.tool, input: block.input }
}

function stopReason({ blocks, stopReason: given }: ModelReply): string {
  return given ?? (blocks.some((block) => 'tool' in block) ? 'tool_use' : 'end_turn')
}

function usage({ inputTokens }: Rendering, outputTokens: number): object {
  return {
    input_tokens: inputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: outputTokens,
  }
}

function countOutput({ blocks }: ModelReply): number {
  return countTokens(JSON.stringify(blocks))
}

function* pieces(text: string): Iterable<string> {
  for (let at = 0; at < text.length; at += PIECE) yield text.slice(at, at + PIECE)
}
