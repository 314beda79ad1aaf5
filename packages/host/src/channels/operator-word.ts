/** The operator's word to a channel about who may do what there (feature `access`): a request over its pipe, and its answer. */
import {
  type AccessResult,
  EXTENSION_METHODS,
  parseAccessResult,
  renderAccessRequest,
  toError,
} from '@backchannel/protocol'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { ResultSchema } from '@modelcontextprotocol/sdk/types.js'

/** A channel that works on a file on a slow disk may take a while; one that hangs is given up. */
const ANSWER_LIMIT_MS = 10_000

/** @param args as typed after `/NAME:access`. Never rejects: a failure is a result that is not `ok`. */
export async function sendOperatorWord(client: Client, args: readonly string[]): Promise<AccessResult> {
  const request = { method: EXTENSION_METHODS.access, params: renderAccessRequest({ args }) }
  try {
    const read = parseAccessResult(await client.request(request, ResultSchema, { timeout: ANSWER_LIMIT_MS }))
    return read.ok ? read.value : { ok: false, text: `Its answer was not understood: ${read.problem}` }
  } catch (thrown) {
    return { ok: false, text: `It did not answer: ${toError(thrown).message}` }
  }
}
