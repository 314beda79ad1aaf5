/** What runs, what asks and what is refused: the order of the checks, mode by mode and rule by rule. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a shell are what this is about
import { link, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createDecisionBench, type RuleTexts } from '../testing/permissions.ts'
import { type Behavior, decide } from './decide.ts'
import { PERMISSION_MODES, type PermissionMode } from './modes.ts'

const bench = async (files?: Record<string, unknown>) => createDecisionBench(files)

describe('modes', () => {
  const calls: [tool: string, input: Record<string, unknown>, expected: Record<PermissionMode, Behavior>][] = [
    [
      'Read',
      { path: 'notes.txt' },
      { default: 'allow', acceptEdits: 'allow', plan: 'allow', bypassPermissions: 'allow' },
    ],
    ['LS', {}, { default: 'allow', acceptEdits: 'allow', plan: 'allow', bypassPermissions: 'allow' }],
    ['Read', { path: '.env' }, { default: 'ask', acceptEdits: 'ask', plan: 'ask', bypassPermissions: 'allow' }],
    ['Read', { path: '/etc/passwd' }, { default: 'ask', acceptEdits: 'ask', plan: 'ask', bypassPermissions: 'allow' }],
    ['Write', { path: 'new.txt' }, { default: 'ask', acceptEdits: 'allow', plan: 'deny', bypassPermissions: 'allow' }],
    ['Edit', { path: 'notes.txt' }, { default: 'ask', acceptEdits: 'allow', plan: 'deny', bypassPermissions: 'allow' }],
    ['Write', { path: '../x.txt' }, { default: 'ask', acceptEdits: 'ask', plan: 'deny', bypassPermissions: 'allow' }],
    ['Write', { path: '.env' }, { default: 'ask', acceptEdits: 'ask', plan: 'deny', bypassPermissions: 'allow' }],
    [
      'Write',
      { path: '.git/hooks/pre-commit' },
      { default: 'ask', acceptEdits: 'ask', plan: 'deny', bypassPermissions: 'allow' },
    ],
    ['Write', { path: '.bashrc' }, { default: 'ask', acceptEdits: 'ask', plan: 'deny', bypassPermissions: 'allow' }],
    ['Bash', { command: 'ls' }, { default: 'ask', acceptEdits: 'ask', plan: 'deny', bypassPermissions: 'allow' }],
    [
      'Bash',
      { command: 'f() { :; }; f > x' },
      { default: 'ask', acceptEdits: 'ask', plan: 'deny', bypassPermissions: 'allow' },
    ],
    ['Unknown', {}, { default: 'ask', acceptEdits: 'ask', plan: 'deny', bypassPermissions: 'allow' }],
    ['Read', {}, { default: 'ask', acceptEdits: 'ask', plan: 'deny', bypassPermissions: 'allow' }],
  ]
  test.each(calls)('%s %j', async (name, input, expected) => {
    const { context } = await bench()
    const found = PERMISSION_MODES.map((mode) => [mode, decide({ name, input }, context({ mode })).behavior])
    expect(Object.fromEntries(found)).toEqual(expected)
  })
})

describe('commands under rules', () => {
  const RULES: RuleTexts = {
    allow: [
      'Bash(git status)',
      'Bash(git diff *)',
      'Bash(npm run *)',
      'Bash(cat *)',
      'Bash(cd *)',
      'Bash(timeout 10 npm test)',
    ],
    ask: ['Bash(npm run deploy*)'],
    deny: ['Bash(rm *)', 'Bash(git push *)', 'Read(private/**)', 'Edit(locked/**)'],
  }
  test.each<[string, Behavior]>([
    ['git status', 'allow'],
    ['git status -s', 'ask'],
    ['git diff HEAD -- a.ts', 'allow'],
    ['npm run build && git status; git diff | cat -n', 'allow'],
    ['npm run build &\ngit status', 'allow'],
    ['npm run build || evil', 'ask'],
    ['evil; npm run build', 'ask'],
    ['npm run build && rm -rf x', 'deny'],
    ['npm run build; git push --force', 'deny'],
    ['npm run deploy', 'ask'],
    ['npm run deploy:prod && git status', 'ask'],
    ['npm run build > out.txt', 'ask'],
    ['npm run build 2>&1', 'allow'],
    ['npm run $(evil)', 'ask'],
    ['npm run "$(rm x)"', 'deny'],
    ['npm run `evil`', 'ask'],
    ['npm run x # rm', 'ask'],
    ['A=1 npm run x', 'ask'],
    ['(npm run x)', 'ask'],
    ['sudo npm run x', 'ask'],
    ['sudo rm x', 'deny'],
    ['env A=1 rm x', 'deny'],
    ['xargs rm', 'deny'],
    ['sh -c "rm x"', 'deny'],
    ['/bin/rm x', 'deny'],
    ['\\rm x', 'deny'],
    ['eval "git status"', 'ask'],
    ['timeout 10 npm test', 'allow'],
    ['timeout 100 npm test', 'ask'],
    ['cat notes.txt', 'allow'],
    ['cat .env', 'ask'],
    ['cat ./.env', 'ask'],
    ['cat < .env', 'ask'],
    ['cat .e*', 'ask'],
    ['cat *.md', 'allow'],
    ['cat ~', 'ask'],
    ['cat /', 'ask'],
    ['cat private/a.txt', 'deny'],
    ['ls private/a.txt', 'deny'],
    ['cat "private/a.txt"', 'deny'],
    ['cat --x=private/a.txt', 'deny'],
    ['cat locked/a.txt', 'ask'],
    ['evil > locked/a.txt', 'deny'],
    ['cd sub', 'allow'],
    ['cd private && cat a.txt', 'deny'],
    ['cd sub && npm run x', 'ask'],
    ['npm run x\r', 'ask'],
    ['npm run x\u202e', 'ask'],
    ['', 'ask'],
  ])('%j: %s', async (command, expected) => {
    const { bash } = await bench()
    expect(bash(command, { rules: RULES })).toMatchObject({ behavior: expected })
  })

  test('every command allowed is still no word for what is more than commands, nor for runners of others', async () => {
    const { bash } = await bench({ 'project/id_rsa': '' })
    const rules = { allow: ['Bash'] }
    expect(bash('anything --at all && more', { rules })).toMatchObject({ behavior: 'allow', rule: 'Bash' })
    for (const command of [
      'x > y',
      'x $(y)',
      'sudo x',
      'sh -c x',
      'find . -exec x',
      'find . -delete',
      'cat id_rsa',
      'ls ~bob',
    ])
      expect(bash(command, { rules }).behavior).toBe('ask')
    expect(bash('anything', { rules: { deny: ['Bash'] } }).behavior).toBe('deny')
    expect(bash('anything', { rules: { ask: ['Bash(*)'], allow: ['Bash'] } }).behavior).toBe('ask')
  })

  test('a denied command is found however much stands before it', async () => {
    const { bash } = await bench()
    const denies = (command: string) => bash(command, { mode: 'bypassPermissions', rules: RULES }).behavior
    expect(denies(`${'true;'.repeat(6_000)} rm x`)).toBe('deny')
    expect(denies(`env ${'A=1 '.repeat(7_000)} rm x`)).toBe('deny')
    expect(denies(`${'sudo true;'.repeat(3_000)} sudo rm x`)).toBe('deny')
    expect(denies(`echo ${'x '.repeat(20_000)}; rm x`)).toBe('deny')
  })

  test('deny and ask rules hold in bypass too', async () => {
    const { bash, path } = await bench()
    const mode = 'bypassPermissions'
    expect(bash('rm x', { mode, rules: RULES }).behavior).toBe('deny')
    expect(bash('npm run deploy', { mode, rules: RULES }).behavior).toBe('ask')
    expect(path('Read', 'private/a', { mode, rules: RULES }).behavior).toBe('deny')
  })

  test('the words say which rule, or what needs an approval', async () => {
    const { bash } = await bench()
    expect(bash('git status && npm run x', { rules: RULES })).toEqual({
      behavior: 'allow',
      because: 'allowed by Bash(git status) and Bash(npm run *)',
      by: {
        kind: 'rule',
        rules: [
          { text: 'Bash(git status)', from: 'test' },
          { text: 'Bash(npm run *)', from: 'test' },
        ],
      },
      rule: 'Bash(git status), Bash(npm run *)',
    })
    expect(bash('rm x', { rules: RULES })).toEqual({
      behavior: 'deny',
      because: 'the rule "Bash(rm *)" (test) denies it.',
      by: { kind: 'rule', rules: [{ text: 'Bash(rm *)', from: 'test' }] },
      rule: 'Bash(rm *)',
    })
    expect(bash('ls > x', { rules: RULES })).toEqual({
      behavior: 'ask',
      by: { kind: 'default' },
      because: 'running "ls > x" (it writes to a file by a redirect) needs an approval',
    })
    expect(bash('npm run deploy', { rules: RULES })).toMatchObject({
      because: 'running "npm run deploy", by the rule "Bash(npm run deploy*)" (test), needs an approval',
    })
  })
})

describe('files under rules', () => {
  test.each<[rules: RuleTexts, tool: string, path: string, expected: Behavior]>([
    [{ deny: ['Read(notes.txt)'] }, 'Read', 'notes.txt', 'deny'],
    [{ deny: ['Read(notes.txt)'] }, 'Read', 'deep/notes.txt', 'deny'],
    [{ deny: ['Read(./notes.txt)'] }, 'Read', 'deep/notes.txt', 'allow'],
    [{ deny: ['Read(./notes.txt)'] }, 'Read', './deep/../NOTES.txt', 'deny'],
    [{ deny: ['Read(notes.txt)'] }, 'Write', 'notes.txt', 'ask'],
    [{ ask: ['Read'] }, 'Read', 'notes.txt', 'ask'],
    [{ ask: ['Read'] }, 'LS', '.', 'ask'],
    [{ deny: ['Read(src)'] }, 'LS', 'src/deep', 'deny'],
    [{ allow: ['Edit(./src/**)'] }, 'Write', 'src/a.ts', 'allow'],
    [{ allow: ['Edit(./src/**)'] }, 'Edit', 'src/deep/a.ts', 'allow'],
    [{ allow: ['Write(/src/*.ts)'] }, 'Edit', 'src/a.ts', 'allow'],
    [{ allow: ['Write(/src/*.ts)'] }, 'Edit', 'src/deep/a.ts', 'ask'],
    [{ allow: ['Edit(./src/**)'] }, 'Edit', 'src/../other.ts', 'ask'],
    [{ allow: ['Edit(./src/**)'] }, 'Edit', 'src/.env', 'ask'],
    [{ allow: ['Edit(./src/.env*)'] }, 'Edit', 'src/.env.local', 'allow'],
    [{ allow: ['Edit'] }, 'Write', 'any.txt', 'allow'],
    [{ allow: ['Edit'] }, 'Write', '.git/hooks/x', 'ask'],
    [{ allow: ['Read(~/docs/**)'] }, 'Read', '~/docs/a.md', 'allow'],
    [{ allow: ['Read(~/docs/**)'] }, 'Read', '~/other/a.md', 'ask'],
    [{ allow: ['Read(~/**)'] }, 'Read', '~/.ssh/id_ed25519', 'ask'],
    [{ allow: ['Read(~/.ssh/config)'] }, 'Read', '~/.ssh/config', 'allow'],
    [{ allow: ['Read(//etc/hosts)'] }, 'Read', '/etc/hosts', 'allow'],
    [{ allow: ['Read(../shared/**)'] }, 'Read', '../shared/a.md', 'allow'],
    [{ allow: ['Read'] }, 'Read', '/etc/hosts', 'allow'],
    [{ allow: ['Read'], deny: ['Read(//etc/**)'] }, 'Read', '/etc/hosts', 'deny'],
  ])('%j: %s %s: %s', async (rules, tool, path, expected) => {
    const { path: decidePath } = await bench()
    expect(decidePath(tool, path, { rules })).toMatchObject({ behavior: expected })
  })

  test('a link is where it leads: rules that allow need both, rules that deny one', async () => {
    const { cwd, folder, path } = await bench({ 'outside/a.txt': '', 'project/src/a.ts': '', 'project/.env': '' })
    await symlink('../outside', join(cwd, 'out'))
    await symlink('.env', join(cwd, 'harmless.txt'))
    await symlink('../outside/none.txt', join(cwd, 'dangling'))
    expect(path('Read', 'out/a.txt')).toMatchObject({
      behavior: 'ask',
      because: expect.stringContaining('outside the project'),
    })
    expect(path('Read', 'harmless.txt').behavior).toBe('ask')
    expect(path('Write', 'dangling', { mode: 'acceptEdits' }).behavior).toBe('ask')
    expect(path('Write', 'out/new.txt', { mode: 'acceptEdits' }).behavior).toBe('ask')
    expect(path('Edit', 'out/a.txt', { rules: { allow: ['Edit(./out/**)'] } }).behavior).toBe('allow')
    expect(path('Edit', 'out/a.txt', { rules: { allow: ['Edit(./src/**)', 'Edit(*.ts)'] } }).behavior).toBe('ask')
    expect(
      path('Read', 'out/a.txt', { rules: { allow: ['Read'], deny: [`Read(/${folder}/outside/**)`] } }).behavior,
    ).toBe('deny')
    expect(path('Read', 'out/a.txt', { rules: { allow: ['Read'], deny: ['Read(out/**)'] } }).behavior).toBe('deny')
  })
})

test('a file that came through a channel is read with nobody asked, and nothing else of its state is', async () => {
  const {
    cwd,
    home,
    folder,
    path: decidePath,
    bash,
  } = await bench({
    'home/.claude/channels/chat/inbox/1.png': 'png',
    'moved-state/inbox/1.png': 'png',
    'home/.claude/channels/chat/inbox/deep/2.png': 'png',
    'home/.claude/inbox/3.png': 'png',
  })
  const inbox = join(home, '.claude/channels/chat/inbox')
  await symlink(join(home, '.claude/channels/chat/access.json'), join(inbox, 'link.png'))
  await symlink(inbox, join(cwd, 'inbox'))
  for (const received of [join(inbox, '1.png'), '~/.claude/channels/chat/inbox/1.png', '../moved-state/inbox/1.png'])
    expect([received, decidePath('Read', received).behavior]).toEqual([received, 'allow'])
  expect(decidePath('Read', join(inbox, '1.png'), { rules: { deny: ['Read(~/.claude/**)'] } }).behavior).toBe('deny')
  for (const other of [
    join(inbox, 'link.png'),
    join(inbox, 'deep/2.png'),
    join(inbox, '../access.json'),
    join(cwd, 'inbox/1.png'),
    inbox,
    join(folder, 'moved-state/inbox'),
  ])
    expect([other, decidePath('Read', other).behavior]).toEqual([other, 'deny'])
  expect(decidePath('Write', join(inbox, '1.png'), { mode: 'bypassPermissions' }).behavior).toBe('deny')
  expect(bash(`cat ${join(inbox, '1.png')}`, { mode: 'bypassPermissions' }).behavior).toBe('deny')
  expect(decidePath('Read', join(home, '.claude/inbox/3.png')).behavior).toBe('ask')
})

describe('protected in every mode', () => {
  const paths = [
    '~/.backchannel/settings.json',
    '~/.BACKCHANNEL/x',
    '~/.claude/channels/chat/.env',
    '~/.claude/channels/new',
    '../home/.backchannel/consents.json',
    '.backchannel/settings.json',
    'sub/.backchannel/x',
    '../moved-state/access.json',
    '../m.json',
    '/etc/backchannel/managed-settings.json',
    '/etc/claude-code/managed-settings.d/a.json',
    '../m.d/10.json',
    'link/settings.json',
    'link',
  ]
  test.each(paths)('%s', async (path) => {
    const { cwd, home, path: decidePath, bash, tool } = await bench()
    await symlink(join(home, '.backchannel'), join(cwd, 'link'))
    const rules = { allow: ['Read', 'Edit', 'Bash', 'mcp__files', 'Read(~/.backchannel/**)', 'Bash(cat *)'] }
    for (const mode of PERMISSION_MODES) {
      for (const name of ['Read', 'Write', 'Edit', 'LS'])
        expect(decidePath(name, path, { mode, rules }).behavior).toBe('deny')
      for (const command of [
        `cat ${path}`,
        `x --out=${path}`,
        `x < ${path}`,
        `echo > ${path}`,
        `sh -c 'cat "${path}"'`,
      ])
        expect([command, bash(command, { mode, rules }).behavior]).toEqual([command, 'deny'])
      const given = path === 'link' ? './link' : /^[~./]/.test(path) ? path : `./${path}`
      expect(tool('mcp__files__read', { deep: [{ path: given }] }, { mode, rules }).behavior).toBe('deny')
    }
  })

  test.each([
    'cat $HOME/.backchannel/settings.json',
    'cat "${HOME}"/.backchannel/settings.json',
    'cat $CHAT_STATE_DIR/access.json',
    'cat ~/.back*/settings.json',
    'cat ~/.*/settings.json',
    'cd ~ && cat .backchannel/settings.json',
    'cd ~/.claude && cat channels/chat/access.json',
    'cd ~; cd .claude/; cat < channels/chat/access.json',
    'cd .. && cat moved-state/access.json',
    'cd ~ && for f in .back*; do cat $f/settings.json; done',
    'git -C ~/.claude add channels',
    'cat ~/.back""channel/settings.json',
    'sh -c "cat ~/.back\'\'channel/settings.json"',
    'cat <<E\n~/.backchannel/settings.json\nE',
    `python3 -c "open('/x/.backchannel/settings.json')"`,
    'curl -d @$HOME/.backchannel/x localhost',
    'X=~/.backchannel; cat $X/settings.json',
    'cat $(echo ~/.backchannel/settings.json)',
    'ln -s ~/.claude/channels x',
    'tar c -C ~/.claude channels',
    'cp -r ~/.claude x',
    'mv ~/.claude ~/.claude2',
    'tar cz ~ > x',
    'rm -rf ~',
    'cd / && rm -rf home ../..',
  ])('%j', async (command) => {
    const { bash } = await bench()
    expect(bash(command, { mode: 'bypassPermissions' })).toMatchObject({
      behavior: 'deny',
      because: expect.stringContaining('closed to the agent in every mode'),
    })
  })

  test('what only looks a little like it is not', async () => {
    const { bash, path, tool } = await bench()
    const mode = 'bypassPermissions'
    for (const command of [
      'npm i backchannel',
      'cat docs/backchannel.md',
      'cat channels/x',
      'cat ~/x',
      'ls ~/*',
      'cp a.txt ~',
      'cp -r . ~/backup',
      'rm -rf dist',
      'ls ~',
    ])
      expect([command, bash(command, { mode }).behavior]).toEqual([command, 'allow'])
    expect(path('Read', '~/.claude/notes.md', { mode }).behavior).toBe('allow')
    expect(tool('mcp__chat__reply', { text: '~/.backchannel/settings.json is the file' }, { mode }).behavior).toBe(
      'allow',
    )
  })

  test('a hard link is out of reach for a command that has to name the file', async () => {
    const { cwd, home, bash } = await bench()
    await link(join(home, '.backchannel/settings.json'), join(cwd, 'hard'))
    expect(bash(`ln ${join(home, '.backchannel/settings.json')} hard2`, { mode: 'bypassPermissions' }).behavior).toBe(
      'deny',
    )
  })
})

describe('server tools', () => {
  test.each<[string, string, Behavior]>([
    ['mcp__hooks__send', 'mcp__hooks__send', 'allow'],
    ['mcp__hooks', 'mcp__hooks__send', 'allow'],
    ['mcp__hooks__*', 'mcp__hooks__send', 'allow'],
    ['mcp__hooks__se*', 'mcp__hooks__send', 'allow'],
    ['mcp__hooks__get*', 'mcp__hooks__send', 'ask'],
    ['mcp__hook', 'mcp__hooks__send', 'ask'],
    ['mcp__hooks__sen', 'mcp__hooks__send', 'ask'],
  ])('%s, %s: %s', async (rule, name, expected) => {
    const { tool } = await bench()
    expect(tool(name, {}, { rules: { allow: [rule] } }).behavior).toBe(expected)
    if (expected === 'allow')
      expect(tool(name, {}, { rules: { deny: [rule] }, mode: 'bypassPermissions' }).behavior).toBe('deny')
  })

  test('a server whose name goes on is another server', async () => {
    const { context } = await bench()
    const request = { name: 'mcp__a__b__c', input: {}, channel: { source: 'a__b', tool: 'c' } }
    const behavior = (rule: string) => decide(request, context({ rules: { allow: [rule] } })).behavior
    expect(['mcp__a', 'mcp__a__*', 'mcp__a__b', 'mcp__a__b__c', 'mcp__a__b__*'].map(behavior)).toEqual([
      'ask',
      'ask',
      'allow',
      'allow',
      'allow',
    ])
  })

  test('a reply to the own chat needs nobody, in plan mode neither; a rule may ask for it', async () => {
    const { cwd, tool } = await bench({ 'project/a.txt': '', 'project/.env': '', 'project/id_rsa': '' })
    const events = [{ source: 'chat', content: '', meta: { chat_id: '7' }, eventId: 'e', chat: '7' }]
    const reply = (input: Record<string, unknown>, more: object = {}) =>
      tool('mcp__chat__reply', { text: 'hi', ...input }, { events, ...more }).behavior
    await mkdir(join(cwd, 'sub'))
    await symlink('../.env', join(cwd, 'sub/fine.txt'))
    expect(reply({ chat_id: '7' })).toBe('allow')
    expect(reply({ chat_id: '7' }, { mode: 'plan' })).toBe('allow')
    expect(reply({ chat_id: '8' })).toBe('ask')
    expect(reply({ chat_id: '8' }, { mode: 'plan' })).toBe('deny')
    expect(reply({ chat_id: '7' }, { rules: { ask: ['mcp__chat__reply'] } })).toBe('ask')
    expect(reply({ chat_id: '8' }, { rules: { allow: ['mcp__chat__reply'] } })).toBe('allow')
    expect(reply({ files: [join(cwd, 'a.txt')] })).toBe('allow')
    for (const file of ['a.txt', join(cwd, '.env'), join(cwd, 'id_rsa'), join(cwd, 'sub/fine.txt'), '/etc/hosts', 7])
      for (const allow of [[], ['mcp__chat__reply'], ['mcp__chat']])
        expect([file, reply({ files: [join(cwd, 'a.txt'), file] }, { rules: { allow } })]).toEqual([file, 'ask'])
    expect(reply({ files: [join(cwd, '.backchannel/x')] })).toBe('deny')
  })
})
