/** The stand-in speaks the wire of the Messages API: streams in pieces, refuses what the API refuses, keeps every request. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '../wait.ts'
import { type MessagesApi, startMessagesApi } from './index.ts'

let api: MessagesApi
beforeEach(async () => {
  api = await startMessagesApi()
})
afterEach(() => api.close())

const TOOLS = [{ name: 'reply', input_schema: { type: 'object' } }]
const HELLO = [{ role: 'user', content: 'hello' }]

function post(body: unknown, headers: Record<string, string> = { 'x-api-key': api.apiKey }, path = '/v1/messages') {
  return fetch(`${api.url}${path}`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

const ask = (over: object = {}) => post({ model: 'm', max_tokens: 9, messages: HELLO, tools: TOOLS, ...over })

/** Reads server-sent events as the specification has them, with no code of the stand-in. */
async function readEvents(response: Response) {
  const text = await response.text()
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? []
      return { event, data: JSON.parse(data ?? 'null') }
    })
}

describe('an answer', () => {
  it('is one document where no stream is asked for', async () => {
    api.script({ blocks: [{ text: 'I answer.' }, { tool: 'reply', input: { text: 'hi' } }] })
    const response = await ask({ stream: false })
    expect(response.headers.get('request-id')).toBe('req_1')
    expect(await response.json()).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [
        { type: 'text', text: 'I answer.' },
        { type: 'tool_use', id: 'toolu_1', name: 'reply', input: { text: 'hi' } },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
    })
  })

  it('is a stream of events in pieces, which give the same when put together', async () => {
    const input = { text: 'Überlänge 🟢 "quoted"\n' }
    api.script({ blocks: [{ text: 'a sentence of some length' }, { tool: 'reply', input }] })
    const response = await ask({ stream: true })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const events = await readEvents(response)
    expect(events.every(({ event, data }) => event === data.type)).toBe(true)
    expect(events.at(0)?.data).toMatchObject({ type: 'message_start', message: { content: [], stop_reason: null } })
    expect(events.map(({ event }) => event).filter((event) => event !== 'content_block_delta')).toEqual([
      'message_start',
      'ping',
      ...['content_block_start', 'content_block_stop', 'content_block_start', 'content_block_stop'],
      ...['message_delta', 'message_stop'],
    ])
    const deltas = (index: number, key: string) =>
      events.filter(({ data }) => data.index === index && data.delta).map(({ data }) => data.delta[key])
    expect(deltas(0, 'text').length).toBeGreaterThan(1)
    expect(deltas(0, 'text').join('')).toBe('a sentence of some length')
    expect(JSON.parse(deltas(1, 'partial_json').join(''))).toEqual(input)
    expect(events.at(-2)?.data).toMatchObject({ delta: { stop_reason: 'tool_use' } })
  })

  it('can be refused with headers, broken by an error event, or cut off', async () => {
    api.script(
      {
        error: { status: 429, type: 'rate_limit_error', message: 'Too many', headers: { 'retry-after': '7' } },
      },
      { blocks: [{ text: 'so' }], breaks: { status: 529, type: 'overloaded_error', message: 'Overloaded' } },
      { blocks: [{ text: 'so' }], breaks: 'cut' },
      { blocks: [{ text: 'so' }], breaks: 'cut' },
    )
    const refused = await ask()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7'])
    expect(await refused.json()).toMatchObject({
      type: 'error',
      error: { type: 'rate_limit_error' },
      request_id: 'req_1',
    })
    const events = await readEvents(await ask({ stream: true }))
    expect(events.at(-1)?.data).toEqual({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })
    await expect(ask({ stream: true }).then((response) => response.text())).rejects.toThrow()
    expect((await ask()).status).toBe(529)
  })
})

describe('the script', () => {
  it('goes on with each request that offers tools; others get a word', async () => {
    api.script('one', ({ messages }) => `two of ${messages.length}`)
    const words = async (over?: object) =>
      ((await (await ask(over)).json()) as { content: [{ text: string }] }).content[0].text
    expect(await words({ tools: [] })).toBe('ok')
    expect(await words()).toBe('one')
    expect(api.turnsLeft).toBe(1)
    expect(await words()).toBe('two of 1')
    expect(api.requests.map(({ number, tools }) => [number, tools])).toEqual([
      [2, ['reply']],
      [3, ['reply']],
    ])
  })

  it('at its end is an error, and so is a turn that throws, which is kept', async () => {
    expect(await (await ask()).json()).toMatchObject({ error: { message: 'The script has no turn for this request.' } })
    api.script(() => {
      throw new Error('the page never came')
    })
    const failed = await ask()
    expect([failed.status, await failed.text()]).toEqual([400, expect.stringContaining('the page never came')])
    expect(api.problems.map(({ message }) => message)).toEqual(['the page never came'])
  })

  it('sees results of tools as texts', async () => {
    api.script({ blocks: [{ tool: 'reply', input: {} }] }, 'done')
    const { content } = (await (await ask()).json()) as { content: [{ id: string }] }
    const result = {
      type: 'tool_result',
      tool_use_id: content[0].id,
      is_error: true,
      content: [
        { type: 'text', text: 'it' },
        { type: 'text', text: 'failed' },
      ],
    }
    const history = [
      ...HELLO,
      { role: 'assistant', content },
      { role: 'user', content: [result] },
      { role: 'system', content: 'a word of the client' },
    ]
    expect((await ask({ messages: history, system: [{ type: 'text', text: 'Be brief.' }] })).status).toBe(200)
    expect(api.requests.at(-1)).toMatchObject({
      system: 'Be brief.',
      toolResults: [{ toolUseId: content[0].id, text: 'it\nfailed', isError: true }],
    })
  })
})

describe('refused, as by the API', () => {
  const call = { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_9', name: 'reply', input: {} }] }
  const answer = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_9', content: 'ok' }] }

  it.each([
    ['no model', { model: undefined }, 'model: Field required'],
    ['no limit', { max_tokens: 0 }, 'max_tokens:'],
    ['no messages', { messages: [] }, 'at least one message'],
    ['an answer first', { messages: [call] }, 'first message must use the "user" role'],
    ['an unknown role', { messages: [{ role: 'tool', content: '' }] }, 'messages.0.role'],
    ['content of no kind', { messages: [{ role: 'user', content: 7 }] }, 'messages.0.content'],
    ['two tools of one name', { tools: [...TOOLS, ...TOOLS] }, 'Tool names must be unique'],
    ['a call that nobody answered', { messages: [...HELLO, call, ...HELLO] }, 'toolu_9'],
    ['a call at the end', { messages: [...HELLO, call] }, 'toolu_9'],
    ['a result that nobody asked for', { messages: [...HELLO, answer] }, 'unexpected `tool_use_id`'],
    ['a stream that is no boolean', { stream: 'yes' }, 'stream:'],
  ])('%s', async (_name, over, problem) => {
    const response = await ask(over)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error: { type: 'invalid_request_error', message: expect.stringContaining(problem) },
    })
    expect(api.requests).toEqual([])
  })

  it('no key, another key, no JSON, an unknown path', async () => {
    expect((await post('{}', {})).status).toBe(401)
    expect((await post('{}', { 'x-api-key': 'other' })).status).toBe(401)
    expect((await post('{"model"')).status).toBe(400)
    expect((await post('{}', { authorization: `Bearer ${api.apiKey}` }, '/v1/complete')).status).toBe(404)
    expect(api.calls.map(({ status }) => status)).toEqual([401, 401, 400, 404])
  })
})

it('counts tokens, lists a model, and takes a look at its root', async () => {
  const headers = { 'x-api-key': api.apiKey }
  const counted = await post({ model: 'm', messages: HELLO }, headers, '/v1/messages/count_tokens?beta=true')
  expect(await counted.json()).toEqual({ input_tokens: expect.any(Number) })
  expect(await (await fetch(`${api.url}/v1/models`, { headers })).json()).toMatchObject({ data: [{ type: 'model' }] })
  expect((await fetch(api.url, { method: 'HEAD' })).status).toBe(200)
})

it('ends at once, also with an answer open', async () => {
  const asked = Promise.withResolvers<void>()
  api.script(async () => {
    asked.resolve()
    await new Promise(() => {})
    return ''
  })
  const open = ask().then(
    () => 'answered',
    () => 'ended',
  )
  await asked.promise
  await api.close()
  expect(await open).toBe('ended')
  await waitFor(
    () =>
      fetch(api.url).then(
        () => false,
        () => true,
      ),
    { what: 'the server to be gone' },
  )
})
