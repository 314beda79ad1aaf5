/**
 * Reads multipart form data. Written here since platforms are looser than the parsers of Node and Bun, which refuse a
 * file name without quotes, as grammY sends it.
 */
export interface Part {
  readonly name: string
  /** Undefined for a plain field. */
  readonly filename: string | undefined
  readonly type: string
  readonly bytes: Buffer
}

const HEAD_END = Buffer.from('\r\n\r\n')

/** Undefined where it is no multipart body: without its last boundary it was cut off. */
export function parseMultipart(body: Buffer, contentType: string): Part[] | undefined {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType)
  const delimiter = Buffer.from(`--${boundary?.[1] ?? boundary?.[2] ?? ''}`)
  if (delimiter.length < 3) return undefined
  const parts: Part[] = []
  let at = body.indexOf(delimiter)
  while (at !== -1) {
    const start = at + delimiter.length
    if (body.subarray(start, start + 2).equals(Buffer.from('--'))) return parts
    const headEnd = body.indexOf(HEAD_END, start)
    const next = body.indexOf(delimiter, start)
    if (headEnd === -1 || next === -1 || headEnd > next) return undefined
    const head = body.subarray(start, headEnd).toString('utf8')
    const name = parameter(head, 'name')
    // A line break before the boundary belongs to the boundary.
    const bytes = body.subarray(headEnd + HEAD_END.length, next - 2)
    const type = /^content-type:\s*(\S+)/im.exec(head)?.[1] ?? ''
    if (name !== undefined) parts.push({ name, filename: parameter(head, 'filename'), type, bytes })
    at = next
  }
  return undefined
}

function parameter(head: string, name: string): string | undefined {
  const found = new RegExp(`[;\\s]${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\r\\n]*))`, 'i').exec(head)
  return found?.[1] ?? found?.[2]
}
