/** Codes: their shape and life, how few wait, and that nobody guesses one; in memory and in the official `access.json`. */
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory } from '@backchannel/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLog } from '../log.ts'
import { parseAccess, renderAccess } from './access-file.ts'
import { createAccessStore } from './access-store.ts'
import { MOST_PENDING, PAIRING_LIFETIME_MS } from './pairing.ts'
import { createFilePairings, createPairings, MOST_WRONG_TRIES } from './pairings.ts'

const clock = { time: 0 }
const setClock = (time: number) => {
  clock.time = time
  return { now: () => clock.time }
}
const ada = { sender: '42', chat: '42', name: 'Ada' }
const person = (at: number) => ({ sender: `s${at}`, chat: `c${at}` })

describe.each(['memory', 'access.json'])('codes in %s', (kind) => {
  const create = async (random?: () => string) => {
    const folder = await createTempDirectory()
    const options = { ...setClock(1_000_000), ...(random ? { random } : {}) }
    const file = join(folder.path, 'access.json')
    const pairings =
      kind === 'memory'
        ? createPairings(options)
        : createFilePairings(createAccessStore({ file, log: createLog('test', () => {}) }), options)
    return { pairings, [Symbol.asyncDispose]: () => folder.remove() }
  }

  it('are six hexadecimal digits, good for an hour and once, however they are typed', async () => {
    await using made = await create()
    const { pairing: offered } = await made.pairings.offer(ada)
    expect(offered).toMatchObject({ ...ada, createdAt: 1_000_000, expiresAt: 1_000_000 + 3_600_000 })
    expect(offered.code).toMatch(/^[0-9a-f]{6}$/)
    expect(await made.pairings.find(` ${offered.code.toUpperCase()}\n`)).toEqual(offered)
    expect(await made.pairings.take(offered.code)).toEqual(offered)
    expect(await made.pairings.take(offered.code)).toBeUndefined()
    expect(await made.pairings.list()).toEqual([])
  })

  it('are not good after their hour, nor after a clock that was set back', async () => {
    await using made = await create()
    const { pairing: offered } = await made.pairings.offer(ada)
    setClock(1_000_000 + PAIRING_LIFETIME_MS)
    expect(await made.pairings.find(offered.code)).toBeUndefined()
    setClock(999_999)
    expect(await made.pairings.take(offered.code)).toBeUndefined()
  })

  it('come once a sender and chat, are told twice, and a used one is never offered again', async () => {
    await using made = await create()
    const offers = [await made.pairings.offer(ada), await made.pairings.offer(ada), await made.pairings.offer(ada)]
    expect(offers.map(({ told, isNew }) => [told, isNew])).toEqual([
      [true, true],
      [true, false],
      [false, false],
    ])
    expect(new Set(offers.map(({ pairing }) => pairing.code)).size).toBe(1)
    const code = offers[0]?.pairing.code ?? ''
    await made.pairings.take(code)
    expect((await made.pairings.offer(ada)).pairing.code).not.toBe(code)
  })

  it('draw again where a code is in use', async () => {
    const drawn = ['aaaaaa', 'aaaaaa', 'bbbbbb']
    await using made = await create(() => drawn.shift() ?? 'cccccc')
    await made.pairings.offer(person(1))
    expect(await made.pairings.offer(person(2))).toMatchObject({ pairing: { code: 'bbbbbb' } })
  })

  it('of one sender are one: from another chat comes another code, and the first is good no longer', async () => {
    await using made = await create()
    const { pairing } = await made.pairings.offer(ada)
    const other = await made.pairings.offer({ ...ada, chat: 'elsewhere' })
    expect(other.gaveWay).toEqual([pairing.code])
    expect(await made.pairings.list()).toEqual([other.pairing])
  })

  it(`wait ${MOST_PENDING} at once at most: the oldest gives way, whoever floods`, async () => {
    await using made = await create()
    for (let at = 0; at < MOST_PENDING; at += 1) {
      setClock(1_000_000 + at)
      await made.pairings.offer(person(at))
    }
    await made.pairings.offer(person(0))
    const offer = await made.pairings.offer(ada)
    expect(offer).toMatchObject({ pairing: ada, told: true, isNew: true })
    const waiting = (await made.pairings.list()).map(({ sender }) => sender)
    expect(waiting).toHaveLength(MOST_PENDING)
    expect([waiting.includes('s0'), waiting.includes('s1'), waiting.includes('42')]).toEqual([false, true, true])
  })
})

it('after ten wrong codes in a row none is good any more; a right one in between begins the count again', async () => {
  const pairings = createPairings(setClock(0))
  const [one, two] = [(await pairings.offer(person(1))).pairing, (await pairings.offer(person(2))).pairing]
  for (let at = 1; at < MOST_WRONG_TRIES; at += 1) expect(await pairings.take('zzzzzz')).toBeUndefined()
  expect(await pairings.take(one.code)).toEqual(one)
  for (let at = 0; at < MOST_WRONG_TRIES; at += 1) await pairings.take('zzzzzz')
  expect(await pairings.take(two.code)).toBeUndefined()
  expect(await pairings.list()).toEqual([])
})

describe('access.json', () => {
  const official = {
    dmPolicy: 'pairing',
    allowFrom: ['42'],
    groups: { '-100': { requireMention: false, allowFrom: [], ours: 1 } },
    pending: {
      a1b2c3: { senderId: '7', chatId: '7', createdAt: 900_000, expiresAt: 4_500_000, replies: 2, note: 'kept' },
      dddddd: { senderId: '8', chatId: '8', createdAt: 1, expiresAt: 2, replies: 1 },
      eeeeee: 'not understood',
    },
    mentionPatterns: ['(?i)claude'],
    ackReaction: '👀',
    futureKey: { deep: [null, 1] },
  }
  const withFile = async (content: unknown) => {
    const folder = await createTempDirectory()
    const file = join(folder.path, 'access.json')
    await writeFile(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o644 })
    const read = async () => JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
    return {
      file,
      read,
      pairings: createFilePairings(createAccessStore({ file, log: createLog('test', () => {}) }), setClock(1_000_000)),
      [Symbol.asyncDispose]: () => folder.remove(),
    }
  }

  it('keeps all that the official server wrote, and the order of its keys, when a code comes in', async () => {
    await using made = await withFile(official)
    const { pairing: offered } = await made.pairings.offer(ada)
    const entry = { senderId: '42', chatId: '42', createdAt: 1_000_000, expiresAt: 4_600_000, replies: 1, name: 'Ada' }
    const { dddddd: _expired, ...pending } = official.pending
    expect(await made.read()).toEqual({ ...official, pending: { ...pending, [offered.code]: entry } })
    expect(Object.keys(await made.read())).toEqual(Object.keys(official))
    expect((await stat(made.file)).mode & 0o777).toBe(0o600)
  })

  it('pairs a code that the official server gave, and takes only that out', async () => {
    await using made = await withFile(official)
    expect(await made.pairings.take('A1B2C3')).toMatchObject({ sender: '7', chat: '7' })
    expect(await made.read()).toEqual({ ...official, pending: { eeeeee: 'not understood' } })
  })

  it('is not written for a code that is not there, or for one that waits already', async () => {
    await using made = await withFile(official)
    const before = await readFile(made.file, 'utf8')
    expect(await made.pairings.take('ffffff')).toBeUndefined()
    // Told twice by the official server already.
    expect(await made.pairings.offer({ sender: '7', chat: '7' })).toMatchObject({
      pairing: { code: 'a1b2c3' },
      told: false,
    })
    expect(await readFile(made.file, 'utf8')).toBe(before)
  })

  it('has what the official server expects where it is new', async () => {
    await using made = await withFile({})
    await made.pairings.offer({ sender: '9', chat: '9' })
    expect(await made.read()).toMatchObject({ allowFrom: [], groups: {} })
  })

  it.each([
    ['no object', []],
    ['a text as allowFrom, which the official server would search in', { allowFrom: '42' }],
    ['an id that is no whole number', { allowFrom: [4.2] }],
    ['a policy that is none', { dmPolicy: 'pairng' }],
    ['a group that is no object', { groups: { '-1': true } }],
    ['a word as requireMention', { groups: { '-1': { requireMention: 'no' } } }],
    ['a text as mentionPatterns', { mentionPatterns: 'claude' }],
    ['a list as pending', { pending: [] }],
  ])('with %s lets nobody in, and stays as it is', async (_, content) => {
    await using made = await withFile(content)
    const before = await readFile(made.file, 'utf8')
    const { offer, take, list } = made.pairings
    for (const attempt of [() => offer(ada), () => take('a1b2c3'), () => list()]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'state-invalid' })
    }
    expect(await readFile(made.file, 'utf8')).toBe(before)
  })

  it('does not make a code of a name that objects inherit', async () => {
    await using made = await withFile(official)
    for (const code of ['__proto__', 'constructor', 'toString']) expect(await made.pairings.take(code)).toBeUndefined()
  })

  it('written back without a change means the same, whatever foreign keys it has', () => {
    const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }))
    fc.assert(
      fc.property(json, fc.array(fc.string()), json, (foreign, allowFrom, pending) => {
        const value = JSON.parse(JSON.stringify({ ...foreign, allowFrom, groups: {}, pending })) as unknown
        const written = renderAccess(parseAccess(value, 'access.json'), { without: new Set() })
        expect(JSON.parse(JSON.stringify(written))).toEqual(value)
      }),
    )
  })
})
