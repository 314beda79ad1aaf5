/** Settings by a word: shown, asked for, taken, checked and thrown away; a secret is in no answer, whatever comes. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory } from '@backchannel/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ConfigurePorts, completeConfigure, runConfigure } from './configure.ts'
import type { SecretSetting } from './settings.ts'

const TOKEN: SecretSetting = {
  name: 'token',
  variable: 'BOT_TOKEN',
  ask: 'The token of the bot',
  problem: (secret) => (secret.length < 8 ? `"${secret}" has fewer than 8 characters` : undefined),
  async check(secret) {
    if (secret.startsWith('good-')) return { ok: true, text: `it is the token of @bot, ${secret}` }
    if (secret.startsWith('away-')) throw new Error(`no way to https://api/bot${secret}/getMe`)
    return { ok: false, text: `${secret} is not known.` }
  },
}
const OTHER: SecretSetting = { name: 'app', variable: 'BOT_APP', ask: 'The secret of the app' }

const prepare = async (secrets: readonly SecretSetting[] = [TOKEN], more: Partial<ConfigurePorts> = {}) => {
  const folder = await createTempDirectory()
  const ports: ConfigurePorts = {
    command: '/bot:configure',
    settings: { directory: folder.path, secrets, status: () => ['port: 8787'] },
    env: {},
    restart: '/channels restart bot',
    signal: new AbortController().signal,
    ...more,
  }
  const say = async (line: string, secret?: string) => {
    const args = line === '' ? [] : line.split(' ')
    const { ok, text, ask } = await runConfigure(args, ports, secret)
    return `${ok ? 'ok' : 'no'} ${ask === undefined ? text : `asks: ${ask}`}`
  }
  const env = () => readFile(join(folder.path, '.env'), 'utf8').catch(() => undefined)
  return { say, env, ports, folder: folder.path, [Symbol.asyncDispose]: () => folder.remove() }
}

it('shows what is set, and what comes next', async () => {
  await using made = await prepare([TOKEN, OTHER])
  const file = join(made.folder, '.env')
  expect(await made.say('')).toBe(
    `ok token: not set\napp: not set\nport: 8787\nstate: ${made.folder}\nNext: /bot:configure token. The token of the bot; it is asked for without being shown.`,
  )
  expect(await made.say('app', 'one secret')).toMatch(/^ok The app is kept in /)
  await using set = await prepare([TOKEN, OTHER], { ...made.ports, env: { BOT_TOKEN: 'good-1234' } })
  expect(await set.say('status')).toContain('ok token: set, by BOT_TOKEN of the environment\napp: set, in ')
  await writeFile(file, '')
  expect(await made.say('')).toContain('app: not set')
})

describe('a secret', () => {
  it('is asked for, taken, and gone again', async () => {
    await using made = await prepare()
    expect(await made.say('token')).toBe('ok asks: The token of the bot')
    expect(await made.say('token', ' good-1234\n')).toMatch(
      /^ok The token is kept in .*: it is the token of @bot, \[secret\]\.\nIt counts once .*: \/channels restart bot$/,
    )
    expect(await made.env()).toBe('BOT_TOKEN=good-1234\n')
    expect(await made.say('token clear')).toMatch(/^ok The token is gone from /)
    expect(await made.say('clear')).toMatch(/^no There is no token in /)
    expect(await made.env()).toBe('')
  })

  it('that can not be checked is kept all the same, and what went wrong does not say it', async () => {
    await using made = await prepare()
    expect(await made.say('token', 'away-1234')).toMatch(
      /could not be checked \(no way to https:\/\/api\/bot\[secret\]/,
    )
    expect(await made.env()).toBe('BOT_TOKEN=away-1234\n')
  })

  it.each([
    ['token', 'short', 'no The token was not taken: "[secret]" has fewer than 8 characters.'],
    ['token', 'bad-1234', 'no The token was not taken: [secret] is not known.'],
    ['token', '', 'no The token was not taken: nothing was given.'],
    ['token', 'good-\u0007123', 'no The token was not taken: it has control characters in it.'],
    ['token', 'x'.repeat(5_000), 'no The token was not taken: it has more than 4096 characters.'],
    ['good-1 good-2', undefined, 'no That is none of the settings.'],
    ['clear app', undefined, 'no clear takes the name of one of the settings.'],
  ])('%s, %j: %s', async (line, secret, answer) => {
    await using made = await prepare()
    expect(await made.say(line, secret)).toContain(answer)
    expect(await made.env()).toBeUndefined()
  })

  it('behind the command is taken with a word why not to; of several it needs its name', async () => {
    await using made = await prepare()
    expect(await made.say('good-1234')).toContain('\nNext time give no secret with the command: a command line is kept')
    await using two = await prepare([TOKEN, OTHER])
    expect(await two.say('good-1234')).toContain('no That is none of the settings.')
    expect(await two.say('tokn')).toContain('no That is none of the settings. Did you mean token?')
    expect(await two.say('token good-1234')).toContain('ok The token is kept in ')
  })

  it('is told of where the environment holds another one', async () => {
    await using made = await prepare([TOKEN], { env: { BOT_TOKEN: 'good-0000' } })
    expect(await made.say('token', 'good-1234')).toContain('BOT_TOKEN of the environment goes before it')
  })

  it('is in no answer to anything', async () => {
    await using made = await prepare()
    const words = fc.array(fc.constantFrom('token', 'clear', 'status', 'help', 'x', 'good-secret-1', 'bad-secret-2'), {
      maxLength: 3,
    })
    const secrets = fc.option(fc.constantFrom('good-secret-1', 'bad-secret-2', 'away-secret-3'), { nil: undefined })
    await fc.assert(
      fc.asyncProperty(words, secrets, async (args, secret) => {
        const answer = await runConfigure(args, made.ports, secret)
        expect(JSON.stringify(answer)).not.toMatch(/secret-\d/)
      }),
      { numRuns: 150 },
    )
  })
})

it('a channel without settings says so, and where its state is', async () => {
  await using made = await prepare([], {})
  expect(await made.say('')).toBe(`ok port: 8787\nstate: ${made.folder}`)
  expect(await made.say('token')).toContain('no There is nothing to set here.')
  await using broken = await prepare([])
  const status = () => {
    throw new Error('PORT is no number.')
  }
  const { text } = await runConfigure([], { ...broken.ports, settings: { ...broken.ports.settings, status } })
  expect(text).toContain('PORT is no number.')
})

it('completes its words', () => {
  const complete = (...args: string[]) =>
    completeConfigure(args, { directory: '', secrets: [TOKEN, OTHER] }).map(({ value }) => value)
  expect(complete('')).toEqual(['status', 'token', 'app', 'clear', 'help'])
  expect(complete('t')).toEqual(['token'])
  expect(complete('token', '')).toEqual(['clear'])
  expect(complete('clear', 'a')).toEqual(['app'])
  expect(complete('nothing', '')).toEqual([])
})
