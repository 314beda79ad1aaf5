/**
 * What the person sends: one message after the other in their order, kept until the channel has taken it. A message
 * has its id from the start, so that another attempt is never a second message.
 */
import { renderSize } from '../src/file-types.ts'
import { FRAME_LIMIT } from '../src/wire.ts'
import { pickHint } from './entry.ts'
import type { Store } from './store.ts'

export interface Draft {
  readonly id: string
  readonly text: string
  readonly files: readonly File[]
}

export type UploadResult =
  | { readonly kind: 'sent' }
  | { readonly kind: 'refused'; readonly reason: string; readonly hint?: string }
  /** The connection broke, or it was stopped; the message waits for the next one if it still is there. */
  | { readonly kind: 'lost' }

export interface Transport {
  /** Sends a frame; an answer comes as a `sent` or `error` frame. */
  sendText(frame: string): void
  upload(draft: Draft, onProgress: (progress: number) => void, signal: AbortSignal): Promise<UploadResult>
}

export interface Outbox {
  submit(text: string, files: readonly File[]): void
  retry(id: string): void
  discard(id: string): void
  /** Takes a message back that has not gone out. @returns what it was, if it could be */
  cancel(id: string): Draft | undefined
  /** Takes one file back of a message that has not gone out; the rest goes on. */
  cancelFile(id: string, at: number): void
  /** The channel is there, and these ids have reached it. */
  connected(known: ReadonlySet<string>): void
  disconnected(): void
  /** An answer to a frame came. */
  answered(id: string): void
  /** Messages that would be lost with the page. */
  readonly unsent: boolean
}

/** An upload that breaks although the channel is there is tried this often. */
const UPLOAD_ATTEMPTS = 3

export function createOutbox(store: Store, transport: Transport): Outbox {
  const queue: Draft[] = []
  /** Refused ones, until the person retries or discards them. */
  const refused = new Map<string, Draft>()
  const links = new Map<string, readonly string[]>()
  let current: Draft | undefined
  let uploading = new AbortController()
  let isOpen = false
  let broken = 0

  const pump = (): void => {
    if (!isOpen || current !== undefined) return
    current = queue[0]
    if (current === undefined) return
    store.deliver(current.id, { kind: 'sending' })
    if (current.files.length > 0) void upload(current)
    else sendText(current)
  }
  const settle = (draft: Draft): void => {
    const at = queue.indexOf(draft)
    if (at !== -1) queue.splice(at, 1)
    if (current === draft) current = undefined
    pump()
  }
  const refuse = (draft: Draft, reason: string, hint?: string): void => {
    refused.set(draft.id, draft)
    store.deliver(draft.id, { kind: 'unsent', reason, ...pickHint(hint) })
    settle(draft)
  }
  const sendText = (draft: Draft): void => {
    const frame = JSON.stringify({ id: draft.id, text: draft.text })
    const size = new TextEncoder().encode(frame).length
    if (size > FRAME_LIMIT) {
      refuse(draft, `The text has ${renderSize(size)}; ${renderSize(FRAME_LIMIT)} is the most.`, 'Send it as a file.')
      return
    }
    transport.sendText(frame)
  }
  const upload = async (draft: Draft): Promise<void> => {
    uploading = new AbortController()
    const onProgress = (progress: number) => {
      if (current === draft) store.deliver(draft.id, { kind: 'sending', progress })
    }
    const result = await transport.upload(draft, onProgress, uploading.signal)
    if (!queue.includes(draft)) return
    if (result.kind === 'refused') return refuse(draft, result.reason, result.hint)
    if (result.kind === 'sent') {
      broken = 0
      store.acknowledge(draft.id)
      return settle(draft)
    }
    broken += 1
    if (broken >= UPLOAD_ATTEMPTS) {
      broken = 0
      return refuse(draft, 'The upload was cut off.', 'Is the file still there, and can it be read?')
    }
    if (current === draft) current = undefined
    store.deliver(draft.id, { kind: 'waiting' })
    pump()
  }

  const stop = (draft: Draft): void => {
    if (current === draft) uploading.abort()
  }
  const discard = (id: string): void => {
    refused.delete(id)
    for (const url of links.get(id) ?? []) URL.revokeObjectURL(url)
    links.delete(id)
    store.remove(id)
  }

  return {
    submit(text, files) {
      const draft: Draft = { id: createId(), text, files }
      const urls = files.map((file) => URL.createObjectURL(file))
      links.set(draft.id, urls)
      store.add({
        id: draft.id,
        from: 'user',
        text,
        ts: Date.now(),
        files: files.map(({ name, size, type }, at) => ({ url: urls[at] ?? '', name, size, mime: type })),
        edited: false,
        delivery: { kind: 'waiting' },
      })
      queue.push(draft)
      pump()
    },
    retry(id) {
      const draft = refused.get(id)
      if (!draft) return
      refused.delete(id)
      store.deliver(id, { kind: 'waiting' })
      queue.push(draft)
      pump()
    },
    discard,
    cancel(id) {
      const draft = queue.find((one) => one.id === id)
      // A frame that is on its way can't be called back.
      if (!draft || (draft === current && draft.files.length === 0)) return undefined
      stop(draft)
      discard(id)
      settle(draft)
      return draft
    },
    cancelFile(id, at) {
      const draft = queue.find((one) => one.id === id) ?? refused.get(id)
      if (!draft?.files[at]) return
      const rest: Draft = { ...draft, files: draft.files.toSpliced(at, 1) }
      if (rest.files.length === 0 && rest.text === '') {
        stop(draft)
        discard(id)
        return settle(draft)
      }
      URL.revokeObjectURL(links.get(id)?.[at] ?? '')
      links.set(id, (links.get(id) ?? []).toSpliced(at, 1))
      store.detach(id, at)
      if (refused.has(id)) return void refused.set(id, rest)
      stop(draft)
      queue[queue.indexOf(draft)] = rest
      if (current === draft) current = undefined
      store.deliver(id, { kind: 'waiting' })
      pump()
    },
    connected(known) {
      isOpen = true
      broken = 0
      for (const draft of queue.filter(({ id }) => known.has(id))) {
        queue.splice(queue.indexOf(draft), 1)
        if (current === draft) current = undefined
      }
      pump()
    },
    disconnected() {
      isOpen = false
      // An upload tells its own end; a frame that was not answered never will be.
      if (current?.files.length === 0) current = undefined
      for (const { id } of queue) if (id !== current?.id) store.deliver(id, { kind: 'waiting' })
    },
    answered(id) {
      const draft = queue.find((one) => one.id === id)
      if (!draft) return
      if (store.find(id)?.delivery?.kind === 'unsent') refused.set(id, draft)
      settle(draft)
    },
    get unsent() {
      return queue.length > 0 || refused.size > 0
    },
  }
}

/** Like those of the official page, and random besides: two tabs may write in the same millisecond. */
function createId(): string {
  const random = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0
  return `u${Date.now()}-${random.toString(36)}`
}
