/** The operator's word to a channel (feature `access`): a request over its pipe, and its answer. */
import {
  type AccessResult,
  type CompletionChoice,
  type CompletionRequest,
  type ConfigureRequest,
  EXTENSION_METHODS,
  parseAccessResult,
  parseCompletionResult,
  renderAccessRequest,
  renderCompletionRequest,
  renderConfigureRequest,
  toError,
} from '@backchannel/protocol'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { ResultSchema } from '@modelcontextprotocol/sdk/types.js'

/** What the operator can say to a channel. None of it rejects. */
export interface OperatorWord {
  /** @param args as typed after `/NAME:access` */
  access(args: readonly string[]): Promise<AccessResult>
  configure(request: ConfigureRequest): Promise<AccessResult>
  /** Nothing where it does not answer soon: somebody is typing. */
  complete(request: CompletionRequest): Promise<readonly CompletionChoice[]>
}

/** A channel that asks its platform, or works on a file on a slow disk, may take a while; one that hangs is given up. */
const ANSWER_LIMIT_MS = 10_000
const COMPLETION_LIMIT_MS = 1_000

export function createOperatorWord(client: Client): OperatorWord {
  const send = async (method: string, params: Record<string, unknown>): Promise<AccessResult> => {
    try {
      const read = parseAccessResult(
        await client.request({ method, params }, ResultSchema, { timeout: ANSWER_LIMIT_MS }),
      )
      return read.ok ? read.value : { ok: false, text: `Its answer was not understood: ${read.problem}` }
    } catch (thrown) {
      return { ok: false, text: `It did not answer: ${toError(thrown).message}` }
    }
  }
  return {
    access: (args) => send(EXTENSION_METHODS.access, renderAccessRequest({ args })),
    async configure(request) {
      const result = await send(EXTENSION_METHODS.configure, renderConfigureRequest(request))
      const { secret = '' } = request
      // Whatever a channel answers, it is not shown again.
      return secret.length < 4 ? result : { ...result, text: result.text.replaceAll(secret, '[secret]') }
    },
    async complete(request) {
      const params = renderCompletionRequest(request)
      const asked = { method: EXTENSION_METHODS.complete, params }
      try {
        const read = parseCompletionResult(await client.request(asked, ResultSchema, { timeout: COMPLETION_LIMIT_MS }))
        return read.ok ? read.value : []
      } catch {
        return []
      }
    },
  }
}
