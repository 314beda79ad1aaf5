/** What there is of Claude on a machine, and what counts as new enough. */
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFolder } from '../../testing/folder.ts'
import { findCredential, findPath, findProgram, findSdk } from './find.ts'
import { chooseClaude } from './index.ts'
import { isNewEnough, readVersion } from './version.ts'

const SDK = {
  'sdk/package.json': { name: '@anthropic-ai/claude-agent-sdk', type: 'module', main: 'sdk.mjs' },
  'sdk/sdk.mjs': 'export const query = 1',
}

async function machine(files: Readonly<Record<string, unknown>> = {}, version = '2.1.330 (Claude Code)') {
  const folder = await createFolder({ 'home/.keep': '', 'bin/claude': `#!/bin/sh\necho "${version}"\n`, ...files })
  await chmod(join(folder, 'bin/claude'), 0o755)
  const env = { PATH: join(folder, 'bin'), BACKCHANNEL_CLAUDE_SDK: join(folder, 'sdk') }
  return { folder, home: join(folder, 'home'), env }
}

describe.runIf(process.platform !== 'win32')('on a machine', () => {
  test('with everything', async () => {
    const { folder, env } = await machine(SDK)
    expect(findSdk(env)).toEqual({ url: new URL('sdk/sdk.mjs', `file://${folder}/`).href, hasProgram: false })
    expect(await findProgram(env)).toEqual({ path: join(folder, 'bin/claude'), version: '2.1.330' })
    expect(await findPath({ ...env, BACKCHANNEL_CLAUDE: join(folder, 'none') })).toBeUndefined()
  })

  test('without the SDK it is said what is missing, and how it is installed', async () => {
    const { env, home, folder } = await machine()
    const choice = await chooseClaude({ env, home })
    expect(choice.agent).toBeUndefined()
    expect(choice).toMatchObject({
      problem: {
        code: 'agent-unavailable',
        message: `${join(folder, 'bin/claude')} is here, but its Agent SDK is not installed beside this command.`,
        hint: expect.stringContaining('npm install -g @anthropic-ai/claude-agent-sdk'),
      },
    })
  })

  test('a relative path on PATH, and a folder that is no SDK, are not used', async () => {
    const { env } = await machine()
    expect(await findPath({ PATH: 'bin:./bin' })).toBeUndefined()
    expect(findSdk(env)).toBeUndefined()
    expect(findSdk({ BACKCHANNEL_CLAUDE_SDK: './sdk' })).toBeUndefined()
  })
})

test.each<[string, Record<string, string>, Record<string, unknown>, string | undefined]>([
  ['a key', { ANTHROPIC_API_KEY: 'k' }, {}, 'ANTHROPIC_API_KEY'],
  ['a cloud', { CLAUDE_CODE_USE_BEDROCK: '1' }, {}, 'CLAUDE_CODE_USE_BEDROCK'],
  ['a cloud that is off', { CLAUDE_CODE_USE_VERTEX: '0' }, {}, undefined],
  ['a login', {}, { 'home/.claude/.credentials.json': {} }, 'the login of Claude Code'],
  ['a login in the keychain', {}, { 'home/.claude.json': { oauthAccount: {} } }, 'the login of Claude Code'],
  ['a helper', {}, { 'home/.claude/settings.json': { apiKeyHelper: 'x' } }, 'the apiKeyHelper of Claude Code'],
  ['broken files', {}, { 'home/.claude.json': '{', 'home/.claude/settings.json': '[]' }, undefined],
  ['nothing', {}, {}, undefined],
])('%s is what it signs in with', async (_, env, files, found) => {
  const { home } = await machine(files)
  expect(await findCredential(env, home)).toBe(found)
})

test('versions', () => {
  expect(['2.1.247', '2.0.999', '1.9.9'].map(isNewEnough)).toEqual([false, false, false])
  expect(['2.1.248', '2.1.1000', '2.2.0', '3.0.0'].map(isNewEnough)).toEqual([true, true, true, true])
  expect(readVersion('2.1.248 (Claude Code)\n')).toBe('2.1.248')
  expect(readVersion('no version')).toBeUndefined()
  const part = fc.nat(3_000)
  fc.assert(
    fc.property(fc.tuple(part, part, part), ([major, minor, patch]) => {
      const isNewer = major > 2 || (major === 2 && (minor > 1 || (minor === 1 && patch >= 248)))
      expect(isNewEnough(`${major}.${minor}.${patch}`)).toBe(isNewer)
    }),
  )
})
