/** The built hooks, started as Claude Code starts them: what the agent may not do, and what the user's commands do. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory, runtimeCommand, type TempDirectory } from '@backchannel/testkit'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HookAnswer, runHook } from './support/hook.ts'
import { findOldNode } from './support/old-node.ts'
import { ROOT } from './support/repository.ts'

const oldNode = findOldNode()

let folder: TempDirectory
let state: string
beforeEach(async () => {
  folder = await createTempDirectory()
  state = join(folder.path, '.claude/channels/fakechat')
  await mkdir(state, { recursive: true })
})
afterEach(() => folder.remove())

function guard(input: unknown, options: { plugin?: string; runtime?: string } = {}): Promise<HookAnswer> {
  const { plugin = 'fakechat', ...rest } = options
  return runHook({ plugin, script: 'guard', input, env: { HOME: folder.path }, cwd: folder.path, ...rest })
}

/** As Claude Code sends it, with fields that the hook does not read. */
function call(tool: string, input: unknown): object {
  return {
    session_id: 'abc123',
    transcript_path: '/x/transcript.jsonl',
    cwd: folder.path,
    permission_mode: 'bypassPermissions',
    hook_event_name: 'PreToolUse',
    tool_name: tool,
    tool_input: input,
    tool_use_id: 'toolu_01ABC123',
  }
}

describe('the guard', () => {
  const runtimes = [['node'], ['bun']] as const
  it.each(runtimes)('refuses with status 2 and a reason, on %s', async (runtime) => {
    const path = join(state, 'access.json')
    const refused = await guard(call('Edit', { file_path: path, old_string: 'a', new_string: 'b' }), {
      runtime: runtimeCommand(runtime),
    })
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain(JSON.stringify(path))
    expect(refused.stderr).toContain('The user types /fakechat:access')
    const other = await guard(call('Bash', { command: 'npm test', description: 'Run test suite' }), {
      runtime: runtimeCommand(runtime),
    })
    expect(other).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it.skipIf(oldNode === undefined)('works on the old Node of this machine too', async () => {
    const options = oldNode === undefined ? {} : { runtime: oldNode }
    expect(await guard(call('Read', { file_path: join(state, 'x') }), options)).toMatchObject({ code: 2 })
    expect(await guard(call('Read', { file_path: '/etc/hosts' }), options)).toMatchObject({ code: 0, stderr: '' })
  })

  it('of one channel leaves the state of another to that one', async () => {
    const read = call('Read', { file_path: join(state, 'access.json') })
    expect(await guard(read, { plugin: 'webhook' })).toMatchObject({ code: 0 })
    const sources = call('Bash', { command: 'cat ~/.claude/channels/webhook/sources.json' })
    const refused = await guard(sources, { plugin: 'webhook' })
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/The user types \/webhook:\w+\./) })
    expect(await guard(sources)).toMatchObject({ code: 0 })
  })

  it('protects its own files', async () => {
    const hooks = join(ROOT, 'dist/marketplace/plugins/fakechat/hooks/hooks.json')
    expect(await guard(call('Write', { file_path: hooks, content: '{}' }))).toMatchObject({ code: 2 })
    expect(await guard(call('Read', { file_path: hooks }))).toMatchObject({ code: 0 })
    const run = call('Bash', { command: `node ${join(hooks, '../../start.cjs')} access pair a1b2c3` })
    expect(await guard(run)).toMatchObject({ code: 2 })
  })

  it.each([
    ['nothing', '', 0],
    ['no JSON', 'hello', 0],
    ['half of it', '{"tool_name":"Read","tool_input":{"file_path":"/etc/hos', 0],
    [
      'half of it that names the state',
      '{"tool_name":"Read","tool_input":{"file_path":"/home/a/.claude/channels/fakechat/acc',
      2,
    ],
    [
      'the same with Windows paths',
      '{"tool_name":"Read","tool_input":{"file_path":"C:\\\\a\\\\.claude\\\\channels\\\\fakechat\\\\x"',
      2,
    ],
    ['half of it that names the program', '{"tool_input":{"command":"node /x/fakechat/start.cjs access"', 2],
    ['another shape', '["Read", "~/.claude/channels/fakechat/access.json"]', 2],
    ['no tool', '{"tool_input":{"file_path":"~/.claude/channels/fakechat/access.json"}}', 2],
    ['an input that is a text', '{"tool_name":"Read","tool_input":"~/.claude/channels/fakechat/access.json"}', 2],
    ['prototype keys', '{"tool_name":"__proto__","tool_input":{"__proto__":{"a":1},"constructor":1}}', 0],
    ['null', 'null', 0],
  ])('of an input that is %s', async (_what, input, code) => {
    expect(await guard(input)).toMatchObject({ code, stdout: '' })
  })

  it('lets through and says nothing about whatever else it is sent', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.json(),
      fc.json().map((value) => `{"tool_name":"Bash","cwd":"/tmp","tool_input":${value}}`),
      fc.json().map((value) => `{"tool_name":${value},"tool_input":{"command":${value}},"cwd":${value}}`),
    )
    await fc.assert(
      fc.asyncProperty(text, async (input) => {
        const { code, stdout, stderr } = await guard(input)
        expect([code, stdout, stderr]).toEqual([0, '', ''])
      }),
      { numRuns: 25 },
    )
  })

  it('reads long inputs to the end, and names in them are no paths', async () => {
    const content = `see ~/.claude/channels/fakechat/access.json\n${'x'.repeat(4_000_000)}`
    expect(await guard(call('Write', { file_path: join(folder.path, 'a.md'), content }))).toMatchObject({ code: 0 })
    expect(await guard(call('Write', { content, file_path: join(state, 'a.md') }))).toMatchObject({ code: 2 })
  })
})

describe('a typed command', () => {
  function type(command: string, args: string, options: Partial<Parameters<typeof runHook>[0]> = {}) {
    const input = {
      session_id: 'abc123',
      cwd: folder.path,
      hook_event_name: 'UserPromptExpansion',
      expansion_type: 'slash_command',
      command_name: command,
      command_args: args,
      command_source: 'plugin',
      prompt: `/${command} ${args}`,
    }
    const env = { HOME: folder.path, CLAUDE_PROJECT_DIR: folder.path }
    return runHook({ plugin: 'fakechat', script: 'operator', input, env, cwd: folder.path, ...options })
  }

  const shown = async (answer: Promise<HookAnswer>): Promise<string> => {
    const { code, stdout } = await answer
    expect(code).toBe(0)
    const { decision, reason } = JSON.parse(stdout)
    // What blocks the expansion is shown to the user, and the model never sees it.
    expect(decision).toBe('block')
    return reason
  }

  it.each([['node'], ['bun']] as const)('runs the program and says what it said, on %s', async (runtime) => {
    const options = { runtime: runtimeCommand(runtime) }
    const expiresAt = Date.now() + 3_000_000
    const pending = { a1b2c3: { senderId: '77', chatId: '77', createdAt: Date.now(), expiresAt, replies: 1 } }
    await writeFile(join(state, 'access.json'), JSON.stringify({ pending }))
    expect(await shown(type('fakechat:access', '', options))).toMatch(
      /^Nobody can approve[\s\S]*\/fakechat:access pair CODE:\n {2}a1b2c3 {2}77/,
    )
    expect(await shown(type('fakechat:access', 'pair a1b2c3', options))).toContain(
      '/fakechat:access approver remove 77',
    )
    const { approvers } = JSON.parse(await readFile(join(state, 'approvers.json'), 'utf8'))
    expect(approvers).toMatchObject([{ sender: '77' }])
  })

  it('S-18: works on the state that the channel works on, wherever that is', async () => {
    const elsewhere = join(folder.path, 'elsewhere')
    const options = { env: { HOME: folder.path, FAKECHAT_STATE_DIR: elsewhere } }
    await shown(type('fakechat:access', 'approver add 77', options))
    const { approvers } = JSON.parse(await readFile(join(elsewhere, 'approvers.json'), 'utf8'))
    expect(approvers).toMatchObject([{ sender: '77' }])
    await expect(readFile(join(state, 'approvers.json'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('runs nothing of what looks like a shell', async () => {
    const mark = join(folder.path, 'mark')
    for (const args of [
      `status; touch ${mark}`,
      `status $(touch ${mark})`,
      `\`touch ${mark}\``,
      `status\ntouch ${mark}`,
    ]) {
      await shown(type('fakechat:access', args))
    }
    await expect(readFile(mark)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('sends what may carry a secret to a terminal', async () => {
    const sources = { plugin: 'webhook' }
    expect(await shown(type('webhook:sources', '', sources))).toContain('No sources yet.')
    const refused = await shown(type('webhook:sources', 'add x --scheme github', sources))
    expect(refused).toMatch(/in a terminal[\s\S]*node ".*start\.cjs" add …$/)
    await expect(readFile(join(folder.path, '.claude/channels/webhook/sources.json'))).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })

  it.skipIf(oldNode === undefined)('says what is needed where the Node is too old', async () => {
    const options = oldNode === undefined ? {} : { runtime: oldNode }
    expect(await shown(type('fakechat:access', 'status', options))).toContain('fakechat: needs Node 22.18 or newer')
  })

  it.each(['telegram:access', 'access', 'fakechat:other', 'fakechat:constructor', ''])(
    "is not this plugin's: %j",
    async (name) => {
      expect(await type(name, 'status')).toEqual({ code: 0, stdout: '', stderr: '' })
    },
  )

  it('S-18: is only what the user typed', async () => {
    for (const input of [
      '',
      '{',
      'null',
      { hook_event_name: 'PreToolUse', command_name: 'fakechat:access', command_args: 'status' },
    ]) {
      expect(await type('', '', { input })).toEqual({ code: 0, stdout: '', stderr: '' })
    }
  })
})
