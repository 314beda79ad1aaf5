/** For tests: the built plugin, as a host starts it. */
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'

export const START: string = fileURLToPath(
  new URL('../../../dist/marketplace/plugins/fakechat/start.cjs', import.meta.url),
)
if (!existsSync(START)) throw new Error(`${START} is missing. Run "npm run build" first.`)

/** True while nobody listens on a port, on either loopback address. */
export async function isFree(port: number): Promise<boolean> {
  const answers = ['127.0.0.1', '::1'].map(
    (host) =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, host)
        socket.once('error', () => resolve(true)).once('connect', () => resolve(false))
        socket.once('connect', () => socket.destroy())
      }),
  )
  return !(await Promise.all(answers)).includes(false)
}
