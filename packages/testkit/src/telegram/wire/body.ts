/** What a request carries: query, JSON, form fields or multipart, as one record of parameters and the files beside it. */
import type { IncomingMessage } from 'node:http'
import { parseMultipart } from '../../loopback/multipart.ts'
import { ApiFailure, badRequest } from './failure.ts'

export interface Upload {
  readonly name: string
  readonly mime: string
  readonly bytes: Uint8Array
}

export interface RequestBody {
  /** As they came: typed values of a JSON body, strings of anything else. */
  readonly parameters: ReadonlyMap<string, unknown>
  readonly uploads: ReadonlyMap<string, Upload>
}

/** What a whole request may weigh: Telegram takes files of up to 50 MB. */
export const UPLOAD_LIMIT: number = 50 * 1024 * 1024
const BODY_LIMIT = UPLOAD_LIMIT + 1024 * 1024

/** @throws ApiFailure 413, 400 */
export async function readBody(request: IncomingMessage, query: URLSearchParams): Promise<RequestBody> {
  const bytes = await readBytes(request)
  const parameters = new Map<string, unknown>(query)
  const uploads = new Map<string, Upload>()
  const type = request.headers['content-type'] ?? ''
  if (bytes.length === 0) return { parameters, uploads }
  if (type.startsWith('application/json')) {
    for (const [name, value] of Object.entries(parseObject(bytes))) parameters.set(name, value)
    return { parameters, uploads }
  }
  if (type.startsWith('application/x-www-form-urlencoded')) {
    for (const [name, value] of new URLSearchParams(bytes.toString('utf8'))) parameters.set(name, value)
    return { parameters, uploads }
  }
  const parts = parseMultipart(bytes, type)
  if (!parts) throw badRequest("can't parse the request's body")
  for (const { name, filename, type: mime, bytes: content } of parts) {
    if (filename === undefined) parameters.set(name, content.toString('utf8'))
    else uploads.set(name, toUpload(filename, mime, content))
  }
  return { parameters, uploads }
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size <= BODY_LIMIT) parts.push(part)
  }
  if (size > BODY_LIMIT) throw new ApiFailure(413, 'Request Entity Too Large')
  return Buffer.concat(parts)
}

function parseObject(bytes: Buffer): object {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {}
  throw badRequest("can't parse JSON object")
}

function toUpload(name: string, mime: string, bytes: Buffer): Upload {
  if (bytes.length > UPLOAD_LIMIT) throw new ApiFailure(413, 'Request Entity Too Large')
  return { name, mime, bytes }
}
