/** Fetches a file of a message; its address holds the token, so nothing of it is ever told. */
import { basename, isAbsolute } from 'node:path'
import type { Download } from '@backchannel/channel/chat'
import type { Call } from '../api/client.ts'
import { TelegramError, toPlatformError } from '../api/errors.ts'
import type { Config } from '../config.ts'

export async function download(
  call: Call,
  { token = '', apiRoot, isSelfHosted }: Config,
  fileId: string,
  signal: AbortSignal,
): Promise<Download> {
  const file = await call((api, ended) => api.getFile(fileId, ended), { signal })
  const path = file.file_path
  if (!path) throw new TelegramError('Telegram has no such file any more', { kind: 'refused' })
  const size = file.file_size === undefined ? {} : { size: file.file_size }
  const name = basename(path)
  // A Bot API server in local mode names the file where it lies on this machine.
  if (isSelfHosted && isAbsolute(path)) return { body: await readLocal(path, token), name, ...size }
  return { body: await fetchFile(`${apiRoot}/file/bot${token}/${path}`, token, signal), name, ...size }
}

/** Such a server keeps the files of a bot in a folder that is named by its token, and no other file is its to name. */
async function readLocal(path: string, token: string): Promise<AsyncIterable<Uint8Array>> {
  const folders = path.split(/[/\\]/)
  const isOwn = folders.some((folder) => folder === token || folder === token.replace(':', '~'))
  if (!isOwn || folders.includes('..')) {
    throw new TelegramError('the Bot API server named a file that is none of this bot', { kind: 'refused' })
  }
  const { createReadStream } = await import('node:fs')
  return createReadStream(path)
}

async function fetchFile(address: string, token: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const response = await fetch(address, { signal, redirect: 'error' }).catch((thrown: unknown) => {
    throw toPlatformError(thrown, { token })
  })
  if (!response.ok || !response.body) {
    await response.body?.cancel().catch(() => {})
    throw new TelegramError(`Telegram answered ${response.status} to the download`, { kind: 'refused' })
  }
  return guard(response.body, token)
}

/** What fails on the way fails without the address. */
async function* guard(body: AsyncIterable<Uint8Array>, token: string): AsyncIterable<Uint8Array> {
  try {
    yield* body
  } catch (thrown) {
    throw toPlatformError(thrown, { token })
  }
}
