/** The reference channel as the contract suite gets to know it. */
import { fileURLToPath } from 'node:url'
import type { FakeHost } from '../../fake-host/types.ts'
import { runtimeCommand } from '../../runtime.ts'
import type { ChannelDescriptor } from '../descriptor.ts'
import type { Fault } from './faults.ts'

export function describeReference(fault?: Fault): ChannelDescriptor {
  let count = 0
  return {
    name: 'the reference channel',
    command: (runtime) => ({
      command: runtimeCommand(runtime),
      args: [fileURLToPath(new URL('channel.ts', import.meta.url))],
      env: { FAULT: fault },
    }),
    journal: true,
    twoWay: {
      tool: 'reply',
      arguments: ({ meta }) => ({ chat_id: meta?.['chat_id'], text: 'pong' }),
    },
    async inject(host) {
      count += 1
      const content = `  line ${count}\n<channel>&amp; 🟢 \u0000\n`
      const url = await findUrl(host)
      const reader = await fetch(`${url}/?chat_id=c1`)
      const { ok } = await fetch(url, { method: 'POST', body: content })
      if (!ok) throw new Error('the message was refused')
      return { content, meta: { chat_id: /^c\d$/ }, answered: () => reader.text() }
    },
    quietUntilRegistered: (host) => Promise.resolve(!host.stderr.includes('listening')),
  }
}

async function findUrl(host: FakeHost): Promise<string> {
  const [, port] = await host.waitForStderr(/listening on port (\d+)/)
  return `http://127.0.0.1:${port}`
}
