/** A browser at fakechat's page, paired by the operator: it writes, approves, stops, and sees what is answered. */
import { deferred, waitFor } from '@backchannel/testkit'

export interface Page extends AsyncDisposable {
  /** Everything the channel has sent to it. */
  readonly frames: readonly Frame[]
  send(frame: object): void
  /** The first frame of a type that came or comes, which `where` accepts. */
  next(type: string, where?: (frame: Frame) => boolean): Promise<Frame>
}

export interface Frame {
  readonly type: string
  readonly [field: string]: unknown
}

/** A key of its own shows which browser it is; the operator types the code that the page shows. */
export async function openPage(port: number, type: (command: string) => void): Promise<Page> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`)
  const frames: Frame[] = []
  socket.addEventListener('message', ({ data }) => void frames.push(JSON.parse(String(data))))
  const opened = deferred<void>()
  socket.addEventListener('open', () => opened.resolve())
  socket.addEventListener('error', () => opened.reject(new Error('The page has no connection.')))
  await opened.promise
  const page: Page = {
    frames,
    send: (frame) => socket.send(JSON.stringify(frame)),
    async next(wanted, where = () => true) {
      const find = () => frames.find((frame) => frame.type === wanted && where(frame))
      return await waitFor(find, { what: `a frame ${wanted}`, timeoutMs: 30_000 }).catch((thrown: unknown) => {
        throw new Error(`${String(thrown)}\n${JSON.stringify(frames)}`)
      })
    },
    async [Symbol.asyncDispose]() {
      socket.close()
    },
  }
  const hello = await page.next('hello')
  page.send(await prove(String(hello['challenge']), `127.0.0.1:${port}`))
  await page.next('identity')
  page.send({ type: 'pair' })
  const { code } = await page.next('pairing')
  type(`/fakechat:access pair ${String(code)}`)
  await page.next('identity', ({ approver }) => approver === true)
  return page
}

/** As docs/approvers.md has it: base64url of the raw public point (P-256), and of the signature over these lines. */
async function prove(challenge: string, host: string): Promise<object> {
  const { subtle } = globalThis.crypto
  const curve = { name: 'ECDSA', namedCurve: 'P-256' }
  const pair = await subtle.generateKey(curve, false, ['sign', 'verify'])
  const text = new TextEncoder().encode(`backchannel fakechat identity\n${host}\n${challenge}`)
  const signature = await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, text)
  const encode = (bytes: ArrayBuffer) => Buffer.from(bytes).toString('base64url')
  return { type: 'identify', key: encode(await subtle.exportKey('raw', pair.publicKey)), signature: encode(signature) }
}
