/** ACP over an agent's stdio: one message a line. What is no message is counted and passed over: a banner ends nothing. */

import type { AnyMessage, Stream } from '@agentclientprotocol/sdk'
import { createLineSplitter, isRecord } from '@backchannel/protocol'
import type { ServerProcess } from '../../channels/process.ts'

/** Of one line: a large file that an agent shows, and room. */
const LINE_BYTES = 32 * 1024 * 1024
/** Of what we send, the most that may lie unread: an agent that never reads costs bounded memory. */
const UNREAD_BYTES = 64 * 1024 * 1024

/** @param garbage gets the start of a line that is no message, or `undefined` for one that is too long */
export function createStdioStream(
  { stdin, stdout }: Pick<ServerProcess, 'stdin' | 'stdout'>,
  garbage: (sample: string | undefined) => void,
): Stream {
  let open = true
  return {
    readable: new ReadableStream<AnyMessage>({
      start(controller) {
        const splitter = createLineSplitter(LINE_BYTES, {
          line(text) {
            const message = parse(text)
            if (message === undefined) garbage(text.slice(0, 80))
            else if (open) controller.enqueue(message)
          },
          tooLong: () => garbage(undefined),
        })
        stdout.on('data', (chunk: Buffer) => splitter.push(chunk))
        stdout.once('close', () => {
          splitter.end()
          if (open) controller.close()
          open = false
        })
      },
      // The connection is closed before the process has ended: what comes until then is nobody's.
      cancel() {
        open = false
      },
    }),
    writable: new WritableStream<AnyMessage>({
      write(message) {
        if (!stdin.writable) throw new Error('The agent has closed its input.')
        if (stdin.writableLength > UNREAD_BYTES) throw new Error('The agent does not read its input.')
        stdin.write(`${JSON.stringify(message)}\n`)
      },
    }),
  }
}

/** A request, a notification or a response. */
function parse(text: string): AnyMessage | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (!isRecord(value) || value['jsonrpc'] !== '2.0') return undefined
    const { id, method, result, error } = value
    const isAnswer = result !== undefined || isRecord(error)
    const isUsable = typeof method === 'string' || (id !== undefined && id !== null && isAnswer)
    return isUsable ? (value as unknown as AnyMessage) : undefined
  } catch {
    return undefined
  }
}
