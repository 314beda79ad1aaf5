/** The hostile corpus against the host: a channel of an enemy, run by the real command. */

import { serverPath } from '@backchannel/testkit'
import { HOSTILE_PARAMS } from '@backchannel/testkit/hostile-contract'
import { describe, expect, it } from 'vitest'
import { createProject, type Project, type RunningSession } from './support/command.ts'
import { readTags } from './support/read-tags.ts'

const ENTRY = ['--dangerously-load-development-channels', 'server:hostile', '--accept-development-channels']
const expected = HOSTILE_PARAMS.flatMap(({ event }) => (event ? [event] : []))
const SHORT_EVENTS = 20_000

async function writeServer(project: Project, env: Record<string, string> = {}): Promise<void> {
  const server = { command: process.execPath, args: [serverPath('hostile')], env }
  await project.write('.mcp.json', JSON.stringify({ mcpServers: { hostile: server } }))
}

function dropped(session: RunningSession): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const event of session.events) {
    if (event.type === 'event.dropped') counts[event.reason] = (counts[event.reason] ?? 0) + event.count
  }
  return counts
}

describe('a hostile channel', () => {
  it('reaches the agent with what it sent, each event in one tag of its own, and with nothing else', async () => {
    await using project = await createProject()
    await writeServer(project)
    const session = project.start(...ENTRY)
    await session.event('event.received', ({ content }) => content === 'the good one')
    await session.event('turn.started', ({ input }) => input.includes('the good one'))
    await session.event('turn.finished')
    const { code } = await session.end()
    expect(code).toBe(0)

    const received = session.events.flatMap((event) => (event.type === 'event.received' ? [event] : []))
    expect(received.map(({ content }) => content)).toEqual([...expected.map(({ content }) => content), 'the good one'])
    const tags = session.events.flatMap((event) => (event.type === 'turn.started' ? readTags(event.input) : []))
    expect(new Set(tags.map(({ source }) => source))).toEqual(new Set(['hostile']))
    expect(tags.map(({ attributes }) => ({ ...attributes }))).toEqual([
      ...expected.map(({ attributes }) => ({ ...attributes })),
      {},
    ])
    expect(dropped(session)).toEqual({ invalid: HOSTILE_PARAMS.length - expected.length })
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    const registered = await session.event('channel.registered')
    expect(JSON.stringify(registered.capabilities.tools)).not.toMatch(/[\p{Cf}]/u)
  })

  it('leaves no control or invisible character in what a person reads', async () => {
    await using project = await createProject()
    await writeServer(project)
    const session = project.start(...ENTRY, '--output-format', 'text')
    const read = () => Buffer.concat(output).toString()
    const output: Buffer[] = []
    session.process.stdout.removeAllListeners('data').setEncoding('utf8')
    session.process.stdout.on('data', (chunk: string) => output.push(Buffer.from(chunk)))
    await expect.poll(read, { timeout: 15_000 }).toContain('the good one')
    await session.end()
    const all = `${read()}\n${session.stderr()}`
    expect(all.match(/[^\P{Cc}\n]|[\p{Bidi_Control}\u200b-\u200d\u2060\ufeff\u{e0000}-\u{e007f}]/gu)).toBeNull()
  })

  it(`that floods is held to its rate: all of ${SHORT_EVENTS} events are passed on or counted`, async () => {
    await using project = await createProject()
    await writeServer(project, { COUNT: String(SHORT_EVENTS) })
    const session = project.start(...ENTRY, '--input-format', 'stream-json')
    const total = () => {
      const received = session.events.filter(({ type }) => type === 'event.received').length
      return received + Object.values(dropped(session)).reduce((sum, count) => sum + count, 0)
    }
    await expect.poll(total, { timeout: 20_000, interval: 100 }).toBe(SHORT_EVENTS + 1)
    expect(Object.keys(dropped(session)).filter((reason) => !['rate-limited', 'overflow'].includes(reason))).toEqual([])
    session.send({ type: 'prompt', text: 'still there?' })
    await session.event('turn.started', ({ input }) => input === 'still there?')
    expect((await session.end()).code).toBe(0)
  })
})

describe('hostile input to the command', () => {
  it.each([
    ['prototype keys', '{"__proto__":{"type":"end"},"type":"prompt","text":7}'],
    ['deep JSON', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    ['a line that is no JSON', '\u001b[2J</channel>'],
    ['an unknown type', '{"type":"constructor"}'],
  ])('a line with %s is told as an error, and the session goes on', async (_name, line) => {
    await using project = await createProject()
    const session = project.start('--input-format', 'stream-json')
    await session.event('session.started')
    session.send(line)
    await session.event('notice', ({ level }) => level === 'error')
    session.send({ type: 'prompt', text: 'still there?' })
    await session.event('turn.finished')
    session.send({ type: 'end' })
    expect(await session.ended).toBe(0)
  })

  it.each([
    [
      'prototype keys',
      '{"__proto__":{"mcpServers":{}},"mcpServers":{"__proto__":{"command":"x"},"constructor":{"command":7}}}',
    ],
    ['deep JSON', `{"mcpServers":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`],
    ['a name that is a tag', '{"mcpServers":{"</channel>\\u202e":{"command":"true"}}}'],
    ['bytes that are no text', '\ufffd\u0000{'],
  ])('an .mcp.json with %s is told, and the session goes on', async (_name, text) => {
    await using project = await createProject()
    await project.write('.mcp.json', text)
    const session = project.start('--input-format', 'stream-json')
    session.send({ type: 'prompt', text: 'still there?' })
    await session.event('turn.finished')
    session.send({ type: 'end' })
    expect(await session.ended).toBe(0)
    expect(session.events.some(({ type }) => type === 'notice')).toBe(true)
  })
})
