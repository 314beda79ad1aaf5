/** `GET /files/<name>` and `/uploads/<name>`: stored files, served so that none of them can act as a page. */

import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { sendText } from '@backchannel/channel/http'
import { isInline, typeOf } from './file-types.ts'

/**
 * Answers like the official fakechat: 400 `bad` for a name that could leave the folder, 404, else the file.
 * @param shownAs the name that a download gets.
 */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  directory: string,
  name: string,
  shownAs: string,
): Promise<void> {
  if (name === '' || /[/\\\0]|\.\./.test(name)) return sendText(response, 400, 'bad')
  const handle = await openPlain(join(directory, name))
  if (!handle) return sendText(response, 404, 'not found')
  try {
    const { size } = await handle.stat()
    response.writeHead(200, {
      'content-type': typeOf(name),
      'content-length': size,
      'content-disposition': `${isInline(name) ? 'inline' : 'attachment'}; ${renderFileName(shownAs)}`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': contentPolicy(name),
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'cache-control': 'private, max-age=31536000, immutable',
    })
    if (request.method === 'HEAD' || size === 0) response.end()
    else await pipeline(handle.createReadStream({ end: size - 1, autoClose: false }), response)
  } catch {
    // The client went away, or the file shrank under our hands: the connection ends, and the client sees it is not whole.
    response.destroy()
  } finally {
    await handle.close()
  }
}

/** A browser's viewer for PDF does not start in a sandbox; a PDF has no access to the page's origin anyway. */
function contentPolicy(name: string): string {
  return /\.pdf$/i.test(name) ? "frame-ancestors 'none'" : "sandbox; default-src 'none'; frame-ancestors 'none'"
}

/** No link is followed: what lies in the folder was put there by this channel. */
async function openPlain(path: string): Promise<FileHandle | undefined> {
  try {
    const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
  } catch {
    // Whatever the reason, there is no such file to be had.
  }
  return undefined
}

/** RFC 6266: a plain form for everyone, and the exact one in UTF-8. */
function renderFileName(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const exact = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  )
  return `filename="${plain}"; filename*=UTF-8''${exact}`
}
