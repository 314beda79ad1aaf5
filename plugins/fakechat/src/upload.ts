/** `POST /upload`: multipart form data, streamed to disk while it comes, and gone from there if anything is wrong. */
import type { IncomingMessage } from 'node:http'
import { BackchannelError } from '@backchannel/channel'
import type { Busboy, FileInfo } from 'busboy'
import type { Attachments, StoredFile } from './attachments.ts'
import { typeOf } from './file-types.ts'
import type { Arrival } from './inbound.ts'
import { FILE_COUNT_LIMIT, FILE_LIMIT, FRAME_LIMIT } from './wire.ts'

/**
 * Fields `id` and `text`, and up to ten parts named `file`. `id` is empty where it is missing. When it throws,
 * nothing stays in `inbox/`, and what still comes of the request is discarded so that the client can read the answer.
 * @throws BackchannelError `upload-invalid`, `file-too-large`, `state-unwritable` or `closed`.
 */
export async function readUpload(
  request: IncomingMessage,
  attachments: Attachments,
  signal: AbortSignal,
): Promise<Arrival> {
  const parser = await createParser(request)
  const failure = new AbortController()
  const fail = (error: unknown) => failure.abort(error)
  const fields = new Map<string, string>()
  const saving: Promise<StoredFile | undefined>[] = []
  const stop = AbortSignal.any([failure.signal, signal])

  parser.on('field', (name, value, info) => {
    if (info.valueTruncated) fail(invalid(`the field "${name.slice(0, 40)}" has more than ${FRAME_LIMIT} bytes`))
    else fields.set(name, value)
  })
  parser.on('file', (name, stream, info) => {
    // A parser that is torn down ends its streams with an error, which the saving tells.
    stream.on('error', () => {})
    if (name !== 'file') {
      stream.resume()
      return fail(invalid(`it has a file in the field "${name.slice(0, 40)}", but files go into "file"`))
    }
    const saved = saveOne(attachments, stream, info, stop)
    saved.catch(fail)
    saving.push(saved)
  })
  parser.on('filesLimit', () => fail(invalid(`it has more than ${FILE_COUNT_LIMIT} files`)))
  parser.on('fieldsLimit', () => fail(invalid('it has too many fields')))
  parser.on('partsLimit', () => fail(invalid('it has too many parts')))

  try {
    await parse(request, parser, stop)
    const files = (await Promise.all(saving)).filter((file) => file !== undefined)
    stop.throwIfAborted()
    // A browser turns every line end of a form field into CRLF.
    const text = (fields.get('text') ?? '').replaceAll('\r\n', '\n')
    return { id: fields.get('id') ?? '', text, files }
  } catch (thrown) {
    fail(thrown)
    const settled = await Promise.allSettled(saving)
    await attachments.remove(settled.flatMap((save) => (save.status === 'fulfilled' && save.value ? [save.value] : [])))
    throw failure.signal.reason
  }
}

async function createParser(request: IncomingMessage): Promise<Busboy> {
  // Loaded with the first upload only.
  const { default: busboy } = await import('busboy')
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      // A file that reaches its limit counts as cut, so one byte more than may come.
      limits: {
        fields: 16,
        fieldNameSize: 100,
        fieldSize: FRAME_LIMIT,
        files: FILE_COUNT_LIMIT,
        fileSize: FILE_LIMIT + 1,
      },
    })
  } catch (thrown) {
    request.resume()
    throw invalid(describe(thrown), thrown)
  }
}

function parse(request: IncomingMessage, parser: Busboy, stop: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const gone = () => {
      if (!request.complete) reject(new BackchannelError('closed', 'The client went away before its upload was whole.'))
    }
    request.on('error', gone).on('close', gone)
    stop.addEventListener('abort', () => reject(stop.reason), { once: true })
    parser.on('error', (error) => reject(invalid(describe(error), error)))
    parser.on('close', resolve)
    if (stop.aborted) return reject(stop.reason)
    if (request.destroyed) return gone()
    request.pipe(parser)
  }).catch((thrown: unknown) => {
    request.unpipe(parser)
    parser.destroy()
    request.resume()
    throw thrown
  })
}

/** A form sends a part without name and content where no file was chosen. */
async function saveOne(
  attachments: Attachments,
  stream: NodeJS.ReadableStream & Parameters<Attachments['save']>[0],
  { filename, mimeType }: FileInfo,
  signal: AbortSignal,
): Promise<StoredFile | undefined> {
  const name = filename ?? ''
  const mime = /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(mimeType) ? mimeType : typeOf(name).replace(/;.*/, '')
  const file = await attachments.save(stream, { name, mime }, signal)
  if (name !== '' || file.size > 0) return file
  await attachments.remove([file])
  return undefined
}

function invalid(problem: string, cause?: unknown): BackchannelError {
  return new BackchannelError('upload-invalid', `The upload was not understood: ${problem}.`, {
    hint: 'Send multipart form data with the fields id, text and file.',
    cause,
  })
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
