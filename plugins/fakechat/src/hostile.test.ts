/** The hostile corpus against the built plugin: texts as a page sends them, anything else as an upload's text. */
import { isUtf8 } from 'node:buffer'
import { freePort } from '@backchannel/testkit'
import { runtimeCommand } from '@backchannel/testkit/channel-contract'
import { type HostileAnswer, hostileContract } from '@backchannel/testkit/hostile-contract'
import { START } from './bundle.fixture.ts'
import { ask, connectSocket } from './chat.fixture.ts'

let count = 0

hostileContract({
  name: 'fakechat',
  // On Bun: examples/two-way.
  runtimes: ['node'],
  async command(runtime) {
    return { command: runtimeCommand(runtime), args: [START], env: { FAKECHAT_PORT: String(await freePort()) } }
  },
  async connect(host) {
    const port = Number((await host.waitForStderr(/fakechat: http:\/\/localhost:(\d+)/))[1])
    const open = async () => {
      const page = await connectSocket(port)
      let read = 0
      const waiting = new Map<string, (answer: HostileAnswer) => void>()
      const ticking = setInterval(() => {
        for (const { type, id, message } of page.frames.slice(read)) {
          const kind = type === 'sent' ? 'accepted' : type === 'error' ? 'refused' : undefined
          if (kind) waiting.get(String(id))?.({ kind, reason: String(message) })
        }
        read = page.frames.length
      }, 1)
      page.closed.then((code) => {
        clearInterval(ticking)
        for (const answer of waiting.values()) answer({ kind: 'refused', reason: `closed with ${code}` })
      })
      return { page, waiting }
    }
    let current = await open()
    return {
      async send(bytes) {
        count += 1
        const id = `h${count}`
        if (!isUtf8(bytes)) return uploadText(port, id, bytes)
        const { page, waiting } = current
        const { promise, resolve } = Promise.withResolvers<HostileAnswer>()
        waiting.set(id, resolve)
        page.send({ id, text: Buffer.from(bytes).toString('utf8') })
        const answer = await promise
        waiting.delete(id)
        if (answer.kind === 'refused' && answer.reason.startsWith('closed')) current = await open()
        return answer
      },
      async close() {
        await current.page[Symbol.asyncDispose]()
      },
    }
  },
})

/** By hand, since a form of the platform would repair the text first. */
async function uploadText(port: number, id: string, bytes: Uint8Array): Promise<HostileAnswer> {
  const field = (name: string) => `--cut\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`
  const head = Buffer.from(`${field('id')}${id}\r\n${field('text')}`)
  const { status, body } = await ask(port, '/upload', {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=cut' },
    body: Buffer.concat([head, bytes, Buffer.from('\r\n--cut--\r\n')]),
  })
  return status < 300 ? { kind: 'accepted' } : { kind: 'refused', reason: `${status} ${body}` }
}
