/** A new folder in the terminal of the built command: asked before anything of the project is used; listed, and taken back. */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hasTmux, openTerminal } from '../packages/host/src/ui/terminal/test-terminal.ts'
import { COMMAND, createProject, type Project } from './support/command.ts'

const available = await hasTmux()
const TRUST = '❯ 2. Exit'

let project: Project
beforeEach(async () => {
  project = await createProject()
  await mkdir(join(project.path, '.backchannel'))
  await project.write('.backchannel/settings.json', '{"projectKey":1}')
  await project.write('.mcp.json', JSON.stringify({ mcpServers: { hooks: { command: 'touch', args: ['started'] } } }))
})
afterEach(() => project[Symbol.asyncDispose]())

const open = (shows: string) => openTerminal(COMMAND, { cwd: project.path, env: project.env, shows })

describe.skipIf(!available)('a new project folder', () => {
  test('is asked about once, before its servers and settings; the answers are listed and taken back', async () => {
    const first = await open(TRUST)
    expect(await first.screen()).toMatch(/used: {3}\.mcp\.json, \.backchannel\/settings\.json/)
    await first.press('Enter')
    await first.waitFor(/SHELL-READY>\s*$/)
    await first.close()
    expect((await project.run(['consents', 'list'])).stdout).toMatch(/^Nothing is recorded/)

    const second = await open(TRUST)
    await second.press('Up', 'Enter')
    await second.waitFor('❯ 3. Continue without it')
    expect(existsSync(join(project.path, 'started'))).toBe(false)
    await second.press('Up', 'Up', 'Enter')
    const screen = await second.waitFor(/key "projectKey" is ignored/)
    expect(screen).not.toContain('holds for this session only')
    await second.close()

    const third = await open('for commands')
    await third.waitFor(/key "projectKey" is ignored/)
    await third.close()
    const { stdout } = await project.run(['consents', 'list'])
    expect(stdout.split('\n')).toMatchObject([
      project.path,
      expect.stringMatching(/^ {2}trusted since /),
      expect.stringMatching(/^ {2}server hooks since .*, command [0-9a-f]{12}$/),
      '',
    ])
    expect(JSON.parse((await project.run(['consents', 'list', '--json'])).stdout)).toMatchObject({
      trusted: [{ project: project.path }],
      consents: [{ project: project.path, server: 'hooks' }],
    })
    expect((await project.run(['consents', 'revoke', 'hooks'])).stdout).toContain('1 consent to hooks')
    expect(await project.run(['consents', 'revoke', 'hooks'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing of that kind is recorded'),
    })
    expect((await project.run(['consents', 'revoke', '--all'])).stdout).toContain('the trust in the folder')
    await (await open(TRUST)).close()
  })

  test('is not asked about in a headless session, which records nothing', async () => {
    expect((await project.run(['-p', 'ls'])).code).toBe(0)
    expect((await project.run(['consents', 'list'])).stdout).toMatch(/^Nothing is recorded/)
  })
})
