/** Uploads a message with its files. By XMLHttpRequest, since `fetch` does not tell how far it is. */
import type { Draft, UploadResult } from './outbox.ts'

export function upload(
  draft: Draft,
  onProgress: (progress: number) => void,
  signal: AbortSignal,
): Promise<UploadResult> {
  const form = new FormData()
  form.set('id', draft.id)
  form.set('text', draft.text)
  for (const file of draft.files) form.append('file', file)
  return new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0)
    request.onload = () => resolve(readResult(request))
    request.onerror = () => resolve({ kind: 'lost' })
    request.onabort = () => resolve({ kind: 'lost' })
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.open('POST', '/upload')
    request.send(form)
  })
}

function readResult({ status, responseText }: XMLHttpRequest): UploadResult {
  if (status === 204) return { kind: 'sent' }
  try {
    const { message, hint }: { message?: unknown; hint?: unknown } = JSON.parse(responseText)
    if (typeof message === 'string') {
      return { kind: 'refused', reason: message, ...(typeof hint === 'string' ? { hint } : {}) }
    }
  } catch {
    // Not ours, or in plain words: shown as it is.
  }
  return {
    kind: 'refused',
    reason: `The upload was answered with status ${status}. ${responseText.slice(0, 200)}`.trim(),
  }
}
