/** The shortest way in over HTTP: what gets through, and what each answer says. */
import { BackchannelError } from '@backchannel/protocol'
import { afterEach, expect, it } from 'vitest'
import { type ReceivedRequest, receiveRequests } from './index.ts'

const VARIABLE = 'RECEIVE_TEST_PORT'
const session = { end: new AbortController() }
afterEach(() => {
  session.end.abort()
  session.end = new AbortController()
  delete process.env[VARIABLE]
})

const start = async (take: (request: ReceivedRequest) => Promise<unknown> = async () => {}) => {
  const taken: ReceivedRequest[] = []
  const url = await receiveRequests(
    { port: 0, variable: VARIABLE, limit: 100, signal: session.end.signal },
    (request) => {
      taken.push(request)
      return take(request)
    },
  )
  const post = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${url}${path}`, { method: 'POST', ...init })
    return [answer.status, await answer.text()]
  }
  return { url, taken, post }
}

it('hands a request over, and answers once it has been taken', async () => {
  const { post, taken } = await start()
  expect(await post('/ci?job=1', { body: 'größer\nals' })).toEqual([202, 'accepted\n'])
  expect(await post('/')).toEqual([202, 'accepted\n'])
  expect(taken).toEqual([
    { path: '/ci?job=1', body: 'größer\nals' },
    { path: '/', body: '' },
  ])
})

it.each([
  ['outbox-full', 503],
  ['event-too-large', 413],
] as const)('says why it was not taken: %s', async (code, status) => {
  const { post } = await start(() => Promise.reject(new BackchannelError(code, 'It was not.', { hint: 'Wait.' })))
  expect(await post('/', { body: 'x' })).toEqual([status, 'It was not. Wait.\n'])
})

it('survives a function that throws', async () => {
  const { post } = await start(() => {
    throw new Error('a slip')
  })
  expect(await post('/')).toEqual([503, 'a slip\n'])
})

it('refuses a body over the limit, and takes one of exactly that size', async () => {
  const { post, taken } = await start()
  expect(await post('/', { body: 'x'.repeat(100) })).toEqual([202, 'accepted\n'])
  expect(await post('/', { body: 'x'.repeat(101) })).toEqual([
    413,
    expect.stringContaining('the limit is 100 bytes, 101 bytes were announced'),
  ])
  expect(taken).toHaveLength(1)
})

it('refuses foreign pages, other hosts and other methods', async () => {
  const { post, taken, url } = await start()
  expect((await post('/', { headers: { origin: 'https://evil.example' }, body: 'x' }))[0]).toBe(403)
  expect((await post('/', { headers: { 'sec-fetch-site': 'cross-site' }, body: 'x' }))[0]).toBe(403)
  expect(await post('/', { method: 'PUT', body: 'x' })).toEqual([405, 'POST what the agent should read.\n'])
  const get = await fetch(url)
  expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
  expect(taken).toEqual([])
})

it('listens where the environment says, names the variable in its errors, and ends with the session', async () => {
  const { url } = await start()
  const port = new URL(url).port
  process.env[VARIABLE] = port
  await expect(start()).rejects.toMatchObject({
    code: 'port-in-use',
    hint: expect.stringContaining(VARIABLE),
  })
  process.env[VARIABLE] = 'nine'
  await expect(start()).rejects.toMatchObject({ code: 'port-invalid', message: expect.stringContaining(VARIABLE) })
  session.end.abort()
  await expect
    .poll(() =>
      fetch(url).then(
        () => 'answers',
        () => 'gone',
      ),
    )
    .toBe('gone')
})
