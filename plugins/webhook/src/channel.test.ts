/** Shows the whole channel in one process: it starts on registration only, replies honestly, and stops. */
import { readFile } from 'node:fs/promises'
import type { ChannelContext, OutgoingEvent, Stop } from '@backchannel/channel'
import { afterEach, describe, expect, it } from 'vitest'
import { createWebhook, VERSION } from './channel.ts'

const stops: Stop[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

const start = async (env: Record<string, string> = { WEBHOOK_PORT: '0' }) => {
  const lines: string[] = []
  const events: OutgoingEvent[] = []
  const note = (message: string) => void lines.push(message)
  const log = { info: note, warn: note, error: note }
  const { signal } = new AbortController()
  const context: ChannelContext = {
    emit: async (event) => ({ eventId: `id-${events.push(event)}`, duplicate: false }),
    log,
    signal,
    source: 'webhook',
    receipts: false,
  }
  const channel = createWebhook(env)
  const [tool] = channel.tools ?? []
  const reply = async (input: object) => tool?.run(input, { log, signal })
  const run = async () => {
    const stop = await channel.start(context)
    if (stop) stops.push(stop)
    return /^listening on (http:\/\/localhost:\d+)$/.exec(lines.at(-1) ?? '')?.[1] ?? ''
  }
  return { channel, reply, run, lines, events }
}

describe('createWebhook', () => {
  it('looks like its manifest says', async () => {
    const { channel } = await start()
    expect(channel).toMatchObject({ name: 'webhook', version: VERSION })
    const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8')
    expect(JSON.parse(manifest)).toMatchObject({ version: VERSION })
  })

  it('touches nothing before it is started, not even a wrong setting', async () => {
    const { reply, run } = await start({ WEBHOOK_PORT: 'eighty' })
    expect(await reply({ text: 'x' })).toContain('not registered in this session')
    await expect(run()).rejects.toMatchObject({ code: 'port-invalid' })
  })

  it('says where it listens, takes events, and stops', async () => {
    const { run, events } = await start()
    const url = await run()
    expect((await fetch(`${url}/ci`, { method: 'POST', body: 'hello' })).status).toBe(202)
    expect(events).toEqual([{ content: 'hello', meta: { path: '/ci', method: 'POST' } }])
    await stops[0]?.()
    await expect(fetch(url)).rejects.toThrow()
  })

  it('replies to whoever listens, and says how many that were', async () => {
    const { run, reply } = await start()
    const url = await run()
    expect(await reply({ text: 'x' })).toBe(
      'Sent to nobody: no program listens on GET /events now, and replies are not kept.',
    )
    const end = new AbortController()
    const listeners = await Promise.all([1, 2].map(() => fetch(`${url}/events`, { signal: end.signal })))
    expect(await reply({ text: 'fixed', path: '/ci' })).toBe('Sent to 2 listeners.')
    const reader = listeners[0]?.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes('fixed')) text += (await reader?.read())?.value ?? ''
    expect(text).toContain('data: {"text":"fixed","path":"/ci","ts":"')
    await reader?.cancel()
    end.abort()
  })
})
