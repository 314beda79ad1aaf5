/** A host with receipts: what the channel is told, and the window that it keeps. */
import { RUNTIMES, staysTrue, waitFor } from '@backchannel/testkit'
import { describe, expect, it } from 'vitest'
import { startProgram, startRegistered } from '../fixtures/programs.ts'

describe.each(RUNTIMES)('a channel on %s', (runtime) => {
  it('has 256 events under way, and sends the next one when one is done', async () => {
    await using host = await startRegistered('load', runtime)
    await host.waitForStderr(/started/)
    const call = host.callTool('emit', { count: 300, size: 10, how: 'awaited' })
    await waitFor(() => host.events.length === 256, { what: '256 events' })
    const ids = host.events.map(({ event_id: id = '' }) => id)
    expect(new Set(ids).size).toBe(256)
    for (const state of ['queued', 'started'] as const) host.receipt(ids[0] ?? '', state)
    expect(await host.request('ping')).toEqual({})
    expect(await staysTrue(() => host.events.length === 256, 100)).toBe(true)
    for (const [at, state] of (['completed', 'failed', 'dropped'] as const).entries()) {
      host.receipt(ids[at] ?? '', state)
      await waitFor(() => host.events.length === 257 + at, { what: `the event after one ${state}` })
    }
    for (const id of ids.slice(3)) host.receipt(id, 'completed')
    expect(await call).toEqual({ content: [{ type: 'text', text: '{"sent":300}' }] })
    expect(host.events.map(({ meta }) => meta?.['number'])).toEqual(Array.from({ length: 300 }, (_, at) => `${at + 1}`))
  })

  it('is told what became of its events, with the reason and the name that the session gave it', async () => {
    await using host = await startProgram('load', runtime, {
      capabilities: { experimental: { 'backchannel/channel': { version: 1, features: ['receipts'] } } },
      register: { state: 'registered', source: 'load#work' },
    })
    await host.waitForStderr(/started/)
    host.receipt('e1', 'started')
    host.receipt('e1', 'dropped', 'overflow')
    await host.waitForStderr(
      /^load: receipt for load#work: e1 started\nload: receipt for load#work: e1 dropped overflow$/m,
    )
  })

  it('says so when a receipt makes no sense, and goes on', async () => {
    await using host = await startRegistered('load', runtime)
    await host.waitForStderr(/started/)
    for (const params of [
      undefined,
      null,
      [],
      { event_id: 1, state: 'completed' },
      { event_id: 'e1', state: 'lost' },
    ]) {
      host.notify('notifications/backchannel/receipt', params)
    }
    await waitFor(() => host.stderr.split('a receipt from the host was not understood').length === 6, {
      what: 'five warnings',
    })
    expect(host.stderr).not.toContain('receipt for')
    expect(await host.request('ping')).toEqual({})
  })
})
