/** What a request carries: a JSON object, or multipart with the object in `payload_json` and files in `files[n]`. */
import type { IncomingMessage } from 'node:http'
import { parseMultipart } from '../../loopback/multipart.ts'
import { fail } from './failure.ts'

export interface Upload {
  readonly name: string
  readonly mime: string
  readonly bytes: Uint8Array
}

export interface RequestBody {
  /** An object, or the array that some routes take. */
  readonly json: unknown
  /** By the number in `files[n]`. */
  readonly files: ReadonlyMap<number, Upload>
}

export const NO_BODY: RequestBody = { json: {}, files: new Map() }

/** @param most bytes of the whole request. @throws ApiFailure 413, 400 */
export async function readBody(request: IncomingMessage, most: number): Promise<RequestBody> {
  const bytes = await readBytes(request, most)
  if (bytes.length === 0) return NO_BODY
  const type = request.headers['content-type'] ?? ''
  if (!type.startsWith('multipart/form-data')) return { json: parse(bytes), files: new Map() }
  const parts = parseMultipart(bytes, type)
  if (!parts) throw fail('badJson')
  const files = new Map<number, Upload>()
  let json: unknown = {}
  for (const { name, filename, type: mime, bytes: content } of parts) {
    const number = /^files?\[(\d+)\]$/.exec(name)?.[1]
    if (name === 'payload_json') json = parse(content)
    else if (number !== undefined) files.set(Number(number), { name: filename ?? 'unknown', mime, bytes: content })
  }
  return { json, files }
}

async function readBytes(request: IncomingMessage, most: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size <= most) parts.push(part)
  }
  if (size > most) throw fail('tooLarge')
  return Buffer.concat(parts)
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw fail('badJson')
  }
}
