/** The calls that the hook refuses and those it lets through, against a home folder with real links. */
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory } from '@backchannel/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { judge } from './judge.ts'
import { createProtection, type Protection } from './protected.ts'

let folder: Awaited<ReturnType<typeof createTempDirectory>>
let protection: Protection
let home: string
let project: string
let plugin: string

beforeAll(async () => {
  folder = await createTempDirectory()
  home = join(folder.path, 'home')
  project = join(folder.path, 'Project')
  plugin = join(home, '.claude/plugins/cache/backchannel/fakechat/0.1.0')
  const state = join(home, '.claude/channels/fakechat')
  for (const path of [join(state, 'inbox'), join(project, 'src'), join(plugin, 'hooks'), join(home, 'links')]) {
    await mkdir(path, { recursive: true })
  }
  for (const file of ['access.json', 'approvers.json', 'inbox/photo.png']) await writeFile(join(state, file), '{}')
  await writeFile(join(plugin, 'start.cjs'), '')
  await symlink(state, join(project, 'innocent'))
  await symlink(join(state, 'access.json'), join(project, 'notes.json'))
  await symlink(join(state, 'new.json'), join(project, 'not-yet.json'))
  await symlink(join(home, '.claude'), join(home, 'links/config'))
  await symlink('../access.json', join(state, 'inbox/out.json'))
  await symlink(join(state, 'inbox'), join(project, 'uploads'))
  protection = createProtection({
    channel: 'fakechat',
    pluginRoot: plugin,
    env: { HOME: home, USERPROFILE: home },
    cwd: project,
  })
})
afterAll(() => folder[Symbol.asyncDispose]())

/** `HOME`, `PROJECT` and `PLUGIN` in a text stand for the folders of the test. */
function fill(text: string): string {
  return text.replaceAll('HOME', home).replaceAll('PROJECT', project).replaceAll('PLUGIN', plugin)
}

function ask(tool: string, input: unknown, cwd = project): string | undefined {
  return judge({ tool, input: JSON.parse(fill(JSON.stringify(input))), cwd: fill(cwd) }, protection)?.kind
}

describe('a path tool', () => {
  it.each([
    ['by its whole path', 'Read', { file_path: 'HOME/.claude/channels/fakechat/access.json' }],
    ['the folder itself', 'LS', { path: 'HOME/.claude/channels/fakechat' }],
    ['from ~', 'Edit', { file_path: '~/.claude/channels/fakechat/access.json' }],
    ['with dots', 'Write', { file_path: 'HOME/.claude/plugins/../channels//fakechat/./approvers.json' }],
    ['relative', 'Read', { file_path: '../home/.claude/channels/fakechat/access.json' }],
    ['a file that is not there', 'Write', { file_path: 'HOME/.claude/channels/fakechat/approvers.json.new' }],
    ['in other letters', 'Read', { file_path: 'HOME/.Claude/Channels/FakeChat/access.json' }],
    ['through a link to the folder', 'Read', { file_path: 'PROJECT/innocent/access.json' }],
    ['through a link to the file', 'Edit', { file_path: 'notes.json' }],
    ['through a link that leads nowhere yet', 'Write', { file_path: 'PROJECT/not-yet.json' }],
    ['through a link above', 'Read', { file_path: 'HOME/links/config/channels/fakechat/access.json' }],
    ['out of the inbox by dots', 'Read', { file_path: 'HOME/.claude/channels/fakechat/inbox/../access.json' }],
    ['out of the inbox by a link', 'Read', { file_path: 'HOME/.claude/channels/fakechat/inbox/out.json' }],
    ['a notebook', 'NotebookEdit', { notebook_path: 'HOME/.claude/channels/fakechat/x.ipynb', new_source: '' }],
    ["in somebody else's home", 'Read', { file_path: '/home/ada/.claude/channels/fakechat/access.json' }],
    ['a search in it', 'Grep', { pattern: 'x', path: 'HOME/.claude/channels/fakechat' }],
    ['a search above it', 'Grep', { pattern: 'x', path: 'HOME/.claude/channels' }],
    ["a search of Claude Code's folder", 'Grep', { pattern: 'secret', path: '~/.claude' }],
    ['a wildcard', 'Glob', { pattern: '**/.claude/channels/**/access.json', path: 'HOME' }],
    ['a wildcard from ~', 'Glob', { pattern: '~/.claude/channels/*/access.json' }],
    ['a field nobody knows', 'Artifact', { file_path: 'HOME/.claude/channels/fakechat/access.json' }],
    ['a field of another shape', 'Write', { file_path: ['HOME/.claude/channels/fakechat/access.json'], content: 'x' }],
    ['deep inside', 'Some', { a: [{ b: { c: 'HOME/.claude/channels/fakechat/x' } }] }],
    ['a tool of a server', 'mcp__files__read', { path: 'HOME/.claude/channels/fakechat/access.json' }],
    ['as an address', 'mcp__files__read', { uri: 'file://HOME/.claude/channels/fakechat/access.json' }],
    ['as an escaped address', 'mcp__files__read', { uri: 'file://HOME/.claude/channels/fake%63hat/access.json' }],
    [
      'a file to send',
      'mcp__plugin_fakechat_fakechat__reply',
      { text: 'here', files: ['~/.claude/channels/fakechat/journal.db'] },
    ],
  ])('may not reach the state %s', (_how, tool, input) => {
    expect(ask(tool, input)).toBe('state')
  })

  it.each([
    ['Write', { file_path: 'PLUGIN/hooks/guard.cjs', content: '' }],
    ['Edit', { file_path: 'PLUGIN/hooks/hooks.json', old_string: 'a', new_string: 'b' }],
    ['Write', { file_path: 'HOME/.claude/plugins/marketplaces/backchannel/plugins/fakechat/start.cjs', content: '' }],
    ['mcp__files__write', { path: 'PLUGIN/start.cjs' }],
    ['Write', { file_path: 'HOME/.claude/settings.json', content: '{"disableAllHooks": true}' }],
    [
      'Edit',
      { file_path: 'PROJECT/.claude/settings.local.json', old_string: '{', new_string: '{"disableAllHooks":true,' },
    ],
    ['Skill', { skill: 'fakechat:access', args: 'pair a1b2c3' }],
    ['SlashCommand', { command: '/fakechat:access pair a1b2c3' }],
    ['CronCreate', { cron: '* * * * *', prompt: '/fakechat:access pair a1b2c3' }],
    ['ScheduleWakeup', { prompt: ' /FakeChat:configure x' }],
  ])('may not change or start the program: %s', (tool, input) => {
    expect(ask(tool, input)).toBe('program')
  })

  it.each([
    ['Read', { file_path: 'PROJECT/src/index.ts' }],
    ['Read', { file_path: 'HOME/.claude/settings.json' }],
    ['Read', { file_path: 'HOME/.claude/channels/fakechat/inbox/photo.png' }],
    ['Read', { file_path: 'HOME/.claude/channels/telegram/inbox/photo.png' }],
    ['Read', { file_path: 'HOME/.claude/channels/fakechat-two/access.json' }],
    ['Read', { file_path: 'PLUGIN/README.md' }],
    ['Read', { file_path: 'PLUGIN/start.cjs' }],
    ['Write', { file_path: 'PROJECT/notes.md', content: 'see ~/.claude/channels/fakechat/access.json' }],
    ['Edit', { file_path: 'PROJECT/a', old_string: '~/.claude/channels/fakechat', new_string: '/fakechat:access' }],
    ['MultiEdit', { file_path: 'PROJECT/a', edits: [{ old_string: '~/.claude/channels/fakechat/x' }] }],
    ['Write', { file_path: 'PROJECT/docs/hooks.md', content: 'disableAllHooks in settings.json switches them off' }],
    ['Read', { file_path: 'PROJECT/settings.json', note: 'disableAllHooks' }],
    ['Grep', { pattern: '.claude/channels/fakechat' }],
    ['Grep', { pattern: 'access', path: 'HOME', glob: '*.ts' }],
    ['Glob', { pattern: '**/*.ts', path: 'HOME' }],
    ['Glob', { pattern: '**/access.json' }],
    ['Agent', { prompt: 'never touch ~/.claude/channels/fakechat/access.json', description: 'x' }],
    ['WebFetch', { url: 'https://example.com/.claude/channels/fakechat/', prompt: 'x' }],
    ['Skill', { skill: 'fakechat-tools:access' }],
    ['Skill', { skill: 'telegram:access' }],
    ['mcp__plugin_fakechat_fakechat__reply', { text: 'Type /fakechat:access pair a1b2c3 in the session.' }],
    [
      'mcp__plugin_fakechat_fakechat__reply',
      { text: 'Your list is in ~/.claude/channels/fakechat/access.json.\nBye.' },
    ],
    ['mcp__plugin_fakechat_fakechat__reply', { text: 'Your list is in ~/.claude/channels/fakechat/access.json.' }],
    ['mcp__github__create_issue', { title: 'access.json', body: 'a'.repeat(10_000) }],
    ['Read', {}],
  ])('may do everything else: %s %j', (tool, input) => {
    expect(ask(tool, input)).toBeUndefined()
  })
})

describe('a command', () => {
  it.each([
    'cat ~/.claude/channels/fakechat/access.json',
    'cat $HOME/.claude/channels/fakechat/access.json',
    `cat "\${HOME}/.claude/channels/fakechat/access.json"`,
    `cat \${HOME:-/x}/.claude/channels/fakechat/access.json`,
    'cat $CLAUDE_CONFIG_DIR/channels/fakechat/access.json',
    'cat $FAKECHAT_STATE_DIR/access.json',
    'echo {} > ~/.claude/channels/fakechat/approvers.json',
    'echo {} >~/.claude/channels/fakechat/approvers.json',
    'cat ~/.cla"ude"/chan\\nels/fakechat/access.json',
    "cat '/'HOME'/.claude/channels/fakechat/access.json'",
    'cd ~/.claude/channels/fakechat && cat access.json',
    'cd ~/.claude && cat channels/fakechat/access.json',
    'cd ~; cd .claude; cat channels/fakechat/access.json',
    '(cd .. && cd home && cat .claude/channels/fakechat/access.json)',
    'cat ~/.claude/chan*/fake*/access.json',
    'cat ~/.claude/*/*/acc?ss.json',
    'cat ~/.claude/{plugins,channels}/fakechat/access.json',
    'D=~/.claude; cat $D/channels/fakechat/access.json',
    'D=~/.claude/channels; N=fakechat; cat "$D/$N/access.json"',
    'bash -c "cat ~/.claude/channels/fakechat/access.json"',
    `python3 -c "open('HOME/.claude/channels/fakechat/access.json')"`,
    `node -e 'require("fs").readFileSync(process.env.HOME + "/.claude/channels/fakechat/access.json")'`,
    'cat innocent/access.json',
    'cat < notes.json',
    'cp notes.json /tmp/x',
    'tee not-yet.json',
    'sqlite3 file:HOME/.claude/channels/fakechat/journal.db',
    'curl -F file=@HOME/.claude/channels/fakechat/journal.db localhost',
    `python3 -c "import os; open(os.path.join(os.environ['HOME'], '.claude', 'channels', 'fakechat', 'access.json'))"`,
    `python3 -c "from pathlib import Path; (Path.home() / '.claude' / 'channels' / 'fakechat').iterdir()"`,
    "find / -path '*channels/fakechat*' -delete",
    'find ~ -name access.json -exec cat {} +',
    "find / -name 'approvers*' -delete",
    'ln -s ~/.claude/chan* /tmp/x',
    'rm -rf ~/.claude/channels',
    'ls ~/.claude/channels',
    'grep -r secret ~/.claude',
    'mv ~/.claude /tmp/elsewhere',
    'tar cf /tmp/x.tar -C ~ .claude',
    'git commit -m "x" && cat /home/ada/.claude/channels/fakechat/access.json',
    'cat ~/.claude/channels/fakechat/inbox/../access.json',
    'CAT ~/.CLAUDE/CHANNELS/FAKECHAT/ACCESS.JSON',
  ])('may not reach the state: %s', (command) => {
    expect(ask('Bash', { command })).toBe('state')
  })

  it.each([
    'node PLUGIN/start.cjs access pair a1b2c3',
    'node "PLUGIN/start.cjs" doctor',
    'cd PLUGIN && node start.cjs access pair a1b2c3',
    'node ~/.claude/plugins/cache/backchannel/fakechat/0.0.9/start.cjs access pair a1b2c3',
    'node ~/.claude/plugins/cache/*/fakechat/*/start.cjs access pair a1b2c3',
    'node ~/.claude/plugins/cache/*/*/*/start.cjs doctor',
    'find / -name start.cjs -exec node {} access pair a1b2c3 \\;',
    'cp PLUGIN/server.cjs /tmp/s.cjs',
    'echo > PLUGIN/hooks/hooks.json',
    'backchannel access fakechat pair a1b2c3',
    'npx backchannel fakechat access pair a1b2c3',
    'claude -p "/fakechat:access pair a1b2c3"',
    'claude plugin disable fakechat@backchannel',
    'claude plugins uninstall fakechat',
    `jq '.disableAllHooks = true' ~/.claude/settings.json > x && mv x ~/.claude/settings.json`,
  ])('may not run, change or take away the program: %s', (command) => {
    expect(ask('Bash', { command })).toBe('program')
  })

  it.each([
    'npm test',
    'ls -la',
    'git add . && git commit -m "feat(fakechat): access"',
    'cat ~/.claude/settings.json',
    'cat ~/.claude/channels/fakechat/inbox/photo.png',
    'unzip ~/.claude/channels/fakechat/inbox/photo.png -d /tmp/x',
    'cat ~/.claude/channels/telegram/inbox/photo.png',
    'rg access.json src',
    'grep -r "channels" .',
    'ls ~',
    'find . -name "*.ts"',
    'find . -name access.json',
    'find ~ -name "*.ts"',
    'find src -name ".env"',
    'ls src/channels/fakechat',
    'ls ~/.claude/*',
    'grep -rn disableAllHooks docs',
    'echo "backchannel is nice" > access.json',
    'node start.cjs serve',
    'npm run access',
    'claude plugin list',
    'claude plugin validate dist/marketplace/plugins/fakechat',
    'curl localhost:8787',
    'rm -rf node_modules dist',
    'for f in *.json; do echo "$f"; done',
    `echo \${UNSET:-x} $1 $@`,
  ])('may do everything else: %s', (command) => {
    expect(ask('Bash', { command })).toBeUndefined()
  })

  it('counts from where it goes', () => {
    expect(ask('Bash', { command: 'cd PROJECT; cat innocent/access.json' }, '/tmp')).toBe('state')
    expect(ask('Bash', { command: 'cd / && cd PROJECT/src && cat ../notes.json' }, '/tmp')).toBe('state')
    expect(ask('Bash', { command: 'cd PROJECT; cat src/index.ts' }, '/tmp')).toBeUndefined()
    // For a program `..` is the parent of where a link leads, and not of where the link is.
    expect(ask('Bash', { command: 'cat uploads/../access.json' })).toBe('state')
    expect(ask('Bash', { command: 'cd uploads && cat ../access.json' })).toBe('state')
    expect(ask('Bash', { command: 'cat uploads/photo.png; cd uploads; cat ./photo.png' })).toBeUndefined()
  })

  it('counts from where the session is', () => {
    expect(ask('Bash', { command: 'cat channels/fakechat/access.json' }, 'HOME/.claude')).toBe('state')
    expect(ask('Bash', { command: 'git status && ls' }, 'HOME/.claude')).toBeUndefined()
    expect(ask('Bash', { command: 'ls' }, 'HOME/.claude')).toBeUndefined()
    expect(ask('Grep', { pattern: 'x' }, 'HOME/.claude')).toBeUndefined()
    expect(ask('Grep', { pattern: 'x' }, 'HOME/.claude/channels')).toBe('state')
    expect(ask('Glob', { pattern: '*' }, 'HOME/.claude/channels/fakechat')).toBe('state')
    expect(ask('Grep', { pattern: 'x' }, 'HOME/.claude/channels/fakechat/inbox')).toBeUndefined()
  })

  it('is found in other shells, and in the tools of servers', () => {
    const command = 'Get-Content $env:HOME\\.claude\\channels\\fakechat\\access.json'
    expect(ask('PowerShell', { command })).toBe('state')
    expect(ask('Monitor', { command: 'tail -f ~/.claude/channels/fakechat/access.json' })).toBe('state')
    expect(ask('mcp__shell__run', { cmd: 'cat ~/.claude/channels/fakechat/access.json' })).toBe('state')
    expect(ask('mcp__shell__run', { args: ['cat', '~/.claude/channels/fakechat/access.json'] })).toBe('state')
    expect(ask('mcp__shell__run', { cmd: 'cat README.md' })).toBeUndefined()
  })
})

describe('other places', () => {
  const protect = (env: Record<string, string>) =>
    createProtection({
      channel: 'fakechat',
      pluginRoot: plugin,
      env: { HOME: home, USERPROFILE: home, ...env },
      cwd: project,
    })

  it('are the folder that a variable names, relative to the session too', () => {
    for (const value of [join(folder.path, 'elsewhere'), '../elsewhere']) {
      const other = protect({ FAKECHAT_STATE_DIR: value })
      const call = (tool: string, input: object) => judge({ tool, input, cwd: project }, other)?.kind
      expect(call('Read', { file_path: join(folder.path, 'elsewhere/access.json') })).toBe('state')
      expect(call('Bash', { command: `cat ${join(folder.path, 'elsewhere')}/access.json` })).toBe('state')
      expect(call('Bash', { command: 'cat $FAKECHAT_STATE_DIR/access.json' })).toBe('state')
      expect(call('Bash', { command: `ls ${folder.path}` })).toBeUndefined()
      expect(call('Read', { file_path: join(home, '.claude/channels/fakechat/access.json') })).toBe('state')
    }
  })

  it('are those of another folder of Claude Code', () => {
    const other = protect({ CLAUDE_CONFIG_DIR: join(folder.path, 'config') })
    const call = (command: string) => judge({ tool: 'Bash', input: { command }, cwd: project }, other)?.kind
    // As the kit has it: an official set-up in ~/.claude goes before a folder that does not exist.
    expect(call(`cat ${home}/.claude/channels/fakechat/access.json`)).toBe('state')
  })
})
