/** Precedence, origins, what a project may not say, and what a broken file is answered with. */
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFolder, rejection } from '../testing/folder.ts'
import { hostPaths } from './paths.ts'
import { readSettings } from './read.ts'
import { DEFAULT_LIMITS } from './schema.ts'

async function createProject(files: Readonly<Record<string, unknown>>) {
  const root = await createFolder(files)
  await mkdir(join(root, 'project'), { recursive: true })
  const paths = hostPaths({ BACKCHANNEL_HOME: join(root, 'home') }, process.platform, root)
  return { root, paths, cwd: join(root, 'project') }
}

const USER = 'home/settings.json'
const PROJECT = 'project/.backchannel/settings.json'

test('no files: the documented defaults', async () => {
  const { paths, cwd } = await createProject({})
  const { settings, origins, warnings, files } = await readSettings({ paths, cwd })
  expect(settings).toEqual({
    channels: [],
    allowedChannels: [],
    permissions: { allow: [], ask: [], deny: [] },
    limits: {
      eventsPerChannel: 1000,
      eventsPerSecond: 200,
      burst: 2000,
      eventBytes: 1_114_112,
      startTimeoutMs: 10_000,
    },
  })
  expect([origins.size, warnings, files]).toEqual([0, [], []])
})

test('--settings over project over user, with the file of each value', async () => {
  const { root, paths, cwd } = await createProject({
    [USER]: { channels: ['plugin:fakechat@backchannel'], agent: 'claude', limits: { burst: 1, eventBytes: 1 } },
    [PROJECT]: { agent: 'acp', limits: { burst: 2, eventsPerSecond: 2 } },
    'project/extra.json': { agent: 'demo', limits: { burst: 3 } },
  })
  const { settings, origins } = await readSettings({ paths, cwd, extra: 'extra.json' })
  expect(settings).toEqual({
    channels: ['plugin:fakechat@backchannel'],
    allowedChannels: [],
    agent: 'demo',
    permissions: { allow: [], ask: [], deny: [] },
    limits: { ...DEFAULT_LIMITS, burst: 3, eventsPerSecond: 2, eventBytes: 1 },
  })
  expect(Object.fromEntries(origins)).toEqual({
    channels: join(root, USER),
    agent: join(cwd, 'extra.json'),
    'limits.burst': join(cwd, 'extra.json'),
    'limits.eventsPerSecond': join(root, PROJECT),
    'limits.eventBytes': join(root, USER),
  })
})

test('--settings replaces the list of channels, also by an empty one', async () => {
  const { paths, cwd } = await createProject({
    [USER]: { channels: ['plugin:fakechat@backchannel'] },
    'project/extra.json': { channels: [] },
  })
  expect((await readSettings({ paths, cwd, extra: 'extra.json' })).settings.channels).toEqual([])
})

test('a project cannot opt channels in', async () => {
  const { root, paths, cwd } = await createProject({
    [USER]: { channels: ['plugin:fakechat@backchannel'] },
    [PROJECT]: { channels: ['server:evil'], agent: 'demo' },
  })
  const { settings, origins, warnings } = await readSettings({ paths, cwd })
  expect(settings).toMatchObject({ channels: ['plugin:fakechat@backchannel'], agent: 'demo' })
  expect(origins.get('channels')).toBe(join(root, USER))
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain(`${join(root, PROJECT)}: "channels" is ignored in a project's settings`)
})

test('rules of all files count together, and a project may only add what asks and denies', async () => {
  const rules = { ask: ['Bash(git push *)'], deny: ['Read(/private/**)'] }
  const { root, paths, cwd } = await createProject({
    [USER]: { permissions: { allow: ['Bash(npm test)'], deny: ['Bash(rm *)'], defaultMode: 'acceptEdits' } },
    [PROJECT]: { permissions: { ...rules, allow: ['Bash'], defaultMode: 'bypassPermissions' } },
    'project/extra.json': { permissions: { allow: ['Bash(npm run *)'] } },
  })
  const { settings, origins, warnings } = await readSettings({ paths, cwd, extra: 'extra.json' })
  const { allow, ask, deny, defaultMode } = settings.permissions
  expect([allow, ask, deny].map((list) => list.map(({ text, from }) => [text, from]))).toEqual([
    [
      ['Bash(npm test)', join(root, USER)],
      ['Bash(npm run *)', join(cwd, 'extra.json')],
    ],
    [['Bash(git push *)', join(root, PROJECT)]],
    [
      ['Bash(rm *)', join(root, USER)],
      ['Read(/private/**)', join(root, PROJECT)],
    ],
  ])
  expect(deny[1]?.subject).toMatchObject({ pattern: { text: '/private/**', root: cwd } })
  expect([defaultMode, origins.get('permissions.defaultMode')]).toEqual(['acceptEdits', join(root, USER)])
  expect(warnings).toEqual([
    expect.stringContaining(`${join(root, PROJECT)}: "permissions.allow" is ignored in a project's settings`),
    expect.stringContaining(`${join(root, PROJECT)}: "permissions.defaultMode" is ignored`),
  ])
})

test('a project may ask for plan mode', async () => {
  const { paths, cwd } = await createProject({ [PROJECT]: { permissions: { defaultMode: 'plan' } } })
  const { settings, warnings } = await readSettings({ paths, cwd })
  expect([settings.permissions.defaultMode, warnings]).toEqual(['plan', []])
})

test('in the home folder the user’s own file is not taken for a project’s', async () => {
  const root = await createFolder({ '.backchannel/settings.json': { channels: ['plugin:fakechat@backchannel'] } })
  const paths = hostPaths({}, process.platform, root)
  const direct = await readSettings({ paths, cwd: root })
  expect(direct.settings.channels).toEqual(['plugin:fakechat@backchannel'])
  expect(direct.warnings).toEqual([])
  await symlink(root, join(root, 'link'))
  expect((await readSettings({ paths, cwd: join(root, 'link') })).warnings).toEqual([])
})

test('unknown keys pass with a warning that helps', async () => {
  const { root, paths, cwd } = await createProject({
    [USER]: { $schema: 'x', chanels: [], zzzzzz: 1, channelsEnabled: true, limits: { brust: 5 } },
  })
  expect((await readSettings({ paths, cwd })).warnings).toEqual([
    `${join(root, USER)}: unknown key "chanels" is ignored. Did you mean "channels"?`,
    `${join(root, USER)}: unknown key "zzzzzz" is ignored. Known keys: channels, allowedChannels, agent, permissions, relay, permissionPreview, unansweredTurn, limits.`,
    `${join(root, USER)}: "channelsEnabled" is ignored here: only the organisation's managed settings can set it.`,
    `${join(root, USER)}: unknown key "limits.brust" is ignored. Did you mean "limits.burst"?`,
  ])
})

test('a flood of unknown keys is cut', async () => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`unknown${index}`, 1]))
  const { paths, cwd } = await createProject({ [PROJECT]: many })
  const { warnings } = await readSettings({ paths, cwd })
  expect(warnings).toHaveLength(21)
  expect(warnings.at(-1)).toContain('4980 more unknown keys')
})

test.each([
  [{ channels: 'plugin:a@b' }, 'channels must be a list of channel entries, got the string "plugin:a@b".'],
  [
    { channels: ['telegram'] },
    'channels[0] must be plugin:NAME@MARKETPLACE or server:NAME, got the string "telegram".',
  ],
  [{ channels: [7] }, 'channels[0] must be a channel entry such as "plugin:fakechat@backchannel", got 7.'],
  [{ agent: 'gpt' }, 'agent must be one of "demo", "claude", "acp", got the string "gpt".'],
  [{ permissions: [] }, 'permissions must be an object of rules, got a list of 0.'],
  [{ permissions: { allow: 'Bash' } }, 'permissions.allow must be a list of rules, got the string "Bash".'],
  [{ permissions: { deny: [7] } }, 'permissions.deny[0] must be a rule such as "Bash(npm run *)", got 7.'],
  [
    { permissions: { ask: ['Read', 'Bash(a'] } },
    'permissions.ask[1] must be Tool or Tool(pattern), got the string "Bash(a".',
  ],
  [
    { permissions: { defaultMode: 'yolo' } },
    'permissions.defaultMode must be one of "default", "acceptEdits", "plan", "bypassPermissions", got the string "yolo".',
  ],
  [{ limits: [] }, 'limits must be an object of numbers, got a list of 0.'],
  [{ limits: { burst: 0 } }, 'limits.burst must be a whole number from 1 to 100000, got 0.'],
  [{ limits: { burst: '5' } }, 'limits.burst must be a whole number from 1 to 100000, got the string "5".'],
  [
    { limits: { startTimeoutMs: 1e12 } },
    'limits.startTimeoutMs must be a whole number from 1 to 600000, got 1000000000000.',
  ],
  [{ limits: { eventBytes: 1.5 } }, 'limits.eventBytes must be a whole number from 1 to 67108864, got 1.5.'],
  [[], 'the file must hold an object, got a list of 0.'],
  ['null', 'the file must hold an object, got null.'],
])('a wrong value: %j', async (content, message) => {
  const { root, paths, cwd } = await createProject({ [USER]: content })
  expect(await rejection(readSettings({ paths, cwd }))).toMatchObject({
    code: 'settings-invalid',
    message: `${join(root, USER)}: ${message}`,
    hint: expect.any(String),
  })
})

test('a wrong entry is answered with the form that would be right', async () => {
  const { paths, cwd } = await createProject({ [USER]: { channels: ['telegram'] } })
  expect(await rejection(readSettings({ paths, cwd }))).toMatchObject({
    hint: expect.stringContaining('plugin:telegram@MARKETPLACE'),
  })
})

test('prototype keys are names like any other', async () => {
  const { paths, cwd } = await createProject({
    [USER]: '{"__proto__": {"agent": "acp"}, "limits": {"constructor": 1}}',
  })
  const { settings, warnings } = await readSettings({ paths, cwd })
  expect(settings.agent).toBeUndefined()
  expect(warnings).toHaveLength(2)
})

test('--settings names a file that does not exist', async () => {
  const { paths, cwd } = await createProject({})
  expect(await rejection(readSettings({ paths, cwd, extra: 'none.json' }))).toMatchObject({
    code: 'settings-invalid',
    message: `${join(cwd, 'none.json')}, given after --settings, does not exist.`,
  })
})

test("the user's allowlist of plugins counts in the user's own file alone", async () => {
  const allowed = [{ plugin: 'chat', marketplace: 'acme', source: 'acme/plugins' }]
  const { root, paths, cwd } = await createProject({
    [USER]: { allowedChannels: allowed },
    [PROJECT]: { allowedChannels: [{ plugin: 'evil', marketplace: 'evil', source: 'evil/evil' }] },
    'project/extra.json': { allowedChannels: [] },
  })
  const { settings, warnings } = await readSettings({ paths, cwd, extra: 'extra.json' })
  expect(settings.allowedChannels).toEqual([
    { plugin: 'chat', marketplace: 'acme', source: { kind: 'github', repository: 'acme/plugins' } },
  ])
  expect(warnings).toEqual([
    `${join(root, PROJECT)}: "allowedChannels" is ignored here: it counts in ${join(root, USER)} alone.`,
    `${join(cwd, 'extra.json')}: "allowedChannels" is ignored here: it counts in ${join(root, USER)} alone.`,
  ])
})

test.each([
  ['{"allowedChannels": {}}', 'allowedChannels must be a list of plugins'],
  ['{"allowedChannels": [{"plugin": "a b", "marketplace": "x", "source": "a/b"}]}', 'allowedChannels[0] must be names'],
  ['{"allowedChannels": [{"plugin": "a", "marketplace": "x"}]}', 'allowedChannels[0].source must be where'],
  [
    '{"allowedChannels": [{"plugin": "a", "marketplace": "x", "source": "ext::x"}]}',
    'allowedChannels[0].source must be owner/repo, a git URL, or the path of a folder',
  ],
])('%s', async (text, words) => {
  const { paths, cwd } = await createProject({ [USER]: text })
  expect(String(await rejection(readSettings({ paths, cwd })))).toContain(words)
})
