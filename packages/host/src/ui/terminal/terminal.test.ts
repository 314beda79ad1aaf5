/** The interactive terminal in a real one: what is shown, what a key does, and that the terminal is put back. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildDriver, hasTmux, openTerminal, type TestTerminal, type TestTerminalOptions } from './test-terminal.ts'

const available = await hasTmux()
let folder: string
let driver: string
let terminal: TestTerminal

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backchannel-driver-'))
  driver = await buildDriver(folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function open(options?: TestTerminalOptions): Promise<void> {
  terminal = await openTerminal(driver, options)
}

async function enter(text: string): Promise<void> {
  await terminal.type(text)
  await terminal.waitFor(`> ${text}`)
  await terminal.press('Enter')
}

async function waitForInput(input: unknown): Promise<void> {
  const wanted = JSON.stringify(input)
  await terminal.waitUntil(`the input ${wanted}`, async () =>
    (await terminal.logged()).some((logged) => JSON.stringify(logged) === wanted),
  )
}

describe.skipIf(!available)('the terminal', () => {
  afterEach(() => terminal.close())

  test('shows the session, echoes what is typed, and prints what comes in', async () => {
    await open({ rows: 40 })
    await enter('hello there')
    await waitForInput({ type: 'prompt', text: 'hello there' })
    await terminal.waitFor('You said: hello there')
    await enter('/inbound')
    await terminal.waitFor(/sent \(m7\)[\s\S]*for commands/)
    expect(await terminal.screen()).toMatchInlineSnapshot(`
      "
      ╭──────────────────────────────────────────────────────────────────────╮
      │ ● Backchannel 0.1.0                                                  │
      │                                                                      │
      │   agent  demo                                                        │
      │   folder /home/someone/project                                       │
      │                                                                      │
      │   /help for commands, Ctrl-C twice to exit                           │
      ╰──────────────────────────────────────────────────────────────────────╯

      ● fakechat: messages from plugin:fakechat@backchannel inject directly in this
        session; restart without the flag to stop.
      ● webhook: messages from plugin:webhook@backchannel inject directly in this
        session; restart without the flag to stop.

      > hello there

      ⏺ You said: hello there

      > /inbound

      ← fakechat · web: what's in my ⏎ working directory?

      ⏺ LS (.)
        ⎿ README.md package.json src

      ⏺ fakechat reply (chat_id: web)
        ⎿ sent (m7)

      ╭──────────────────────────────────────────────────────────────────────────────╮
      │ > Type a message, or / for commands                                          │
      ╰──────────────────────────────────────────────────────────────────────────────╯
        fakechat ● · webhook ●                                        / for commands"
    `)
  })

  test('edits the line where the cursor is, and goes through its history', async () => {
    await open()
    await terminal.type('one three')
    await terminal.press('M-b')
    await terminal.type('two ')
    await terminal.press('Home')
    await terminal.type('zero ')
    await terminal.press('C-e')
    await terminal.type('!?')
    await terminal.press('BSpace', 'Enter')
    await waitForInput({ type: 'prompt', text: 'zero one two three!' })
    await enter('second')
    await waitForInput({ type: 'prompt', text: 'second' })
    await terminal.type('a draft')
    await terminal.press('Up', 'Up')
    await terminal.waitFor('│ > zero one two three!')
    await terminal.press('Down', 'Down')
    await terminal.waitFor('│ > a draft')
    await terminal.press('C-u')
    await terminal.waitFor('│ > Type a message')
  })

  test('the cursor stands where the next letter goes, wide letters and all', async () => {
    await open()
    await terminal.type('漢字ab')
    await terminal.waitFor('> 漢字ab')
    await terminal.waitUntil('the cursor', async () => (await terminal.ask('#{cursor_x} #{cursor_flag}')) === '10 1')
    await terminal.press('Left', 'Left', 'Left')
    await terminal.waitUntil('the cursor', async () => (await terminal.ask('#{cursor_x} #{cursor_flag}')) === '6 1')
  })

  test('a paste of several lines waits for Enter, and nothing in it drives the terminal', async () => {
    await open()
    await terminal.paste('first\nsecond\n\u001b[2Jthird')
    await terminal.waitFor(/> first +│\n│ {3}second +│\n│ {3}third/)
    expect(await terminal.logged()).toEqual([])
    await terminal.press('Enter')
    await waitForInput({ type: 'prompt', text: 'first\nsecond\nthird' })
  })

  test('a slash lists commands, Tab completes, Enter runs the chosen one', async () => {
    await open()
    await terminal.type('/')
    await terminal.waitFor(/\/help +what you can type here[\s\S]*\/exit/)
    await terminal.type('ch')
    await terminal.press('Tab')
    await terminal.type('restart fakechat')
    await terminal.press('Enter')
    await waitForInput({ type: 'command', text: '/channels restart fakechat' })
    await terminal.type('/')
    await terminal.waitFor('/mcp ')
    await terminal.press('Down', 'Down', 'Enter')
    await waitForInput({ type: 'command', text: '/mcp' })
  })

  test('the words of a channel are listed as it names them, and Tab completes one', async () => {
    await open()
    await terminal.type('/chat:access ')
    await terminal.waitFor(/chat:access pair +pair[\s\S]*chat:access policy/)
    await terminal.type('po')
    await terminal.press('Tab')
    await terminal.type('disabled')
    await terminal.press('Enter')
    await waitForInput({ type: 'command', text: '/chat:access policy disabled' })
  })

  test('a secret is asked for in dots, and is in no line of the screen and no history', async () => {
    await open()
    await enter('/secret')
    await terminal.waitFor('The token of the bot')
    await terminal.type('123:abcX')
    await terminal.press('BSpace')
    await terminal.waitFor('> *******')
    await terminal.press('Enter')
    await waitForInput({ answer: '123:abc' })
    await enter('/chat:configure token 456:def')
    await waitForInput({ type: 'command', text: '/chat:configure token 456:def' })
    await terminal.waitFor('/chat:configure token [hidden]')
    await enter('/secret')
    await terminal.waitFor('The token of the bot')
    await terminal.press('Escape')
    await waitForInput({ answer: 'undefined' })
  })

  test('Ctrl-C interrupts, a second one ends, and the terminal is as it was', async () => {
    await open()
    await enter('slow')
    await terminal.waitFor(/Working… \(\d+s · Ctrl-C to interrupt\)/)
    await terminal.press('C-c')
    await waitForInput({ type: 'interrupt' })
    await terminal.waitFor(/interrupted[\s\S]*Press Ctrl-C again to exit/)
    await terminal.press('C-c')
    await waitForInput({ type: 'end' })
    await waitForInput('closed')
    await terminal.waitFor(/Session ended: end\nSHELL-READY>$/)
    const modes = await terminal.modesAfterExit()
    expect(modes).toMatch(/ icanon /)
    expect(modes).toMatch(/ echo /)
    expect(await terminal.ask('#{cursor_flag} #{alternate_on}')).toBe('1 0')
  })

  test('Ctrl-C clears the line; after two seconds it is no longer the first of two', async () => {
    await open()
    await terminal.type('half a thought')
    await terminal.waitFor('half a thought')
    await terminal.press('C-c')
    await terminal.waitFor(/Type a message[\s\S]*Press Ctrl-C again/)
    await terminal.waitFor(/fakechat ● · webhook ●/)
    expect(await terminal.logged()).toEqual([])
    await terminal.press('C-d')
    await waitForInput({ type: 'end' })
  })

  test('what is typed while the agent works waits in sight', async () => {
    await open()
    await enter('slow')
    await terminal.waitFor('Working…')
    await enter('and then this')
    await terminal.waitFor('next: and then this')
  })

  test('the warning about development channels fills the screen; the safe answer is the first', async () => {
    await open()
    await enter('/warn')
    const warning = await terminal.waitFor('❯ 2. Exit')
    expect(warning).toMatch(/Warning: unreviewed development channels/)
    expect(warning).toMatch(/server:webhook *│\n│ +plugin:mine@local/)
    expect(await terminal.ask('#{alternate_on}')).toBe('1')
    await terminal.press('Enter')
    await waitForInput({ answer: 'exit' })
    await enter('/warn')
    await terminal.waitFor('❯ 2. Exit')
    await terminal.press('Up')
    await terminal.waitFor('❯ 1. I know these channels: continue')
    await terminal.press('Enter')
    await waitForInput({ answer: 'continue' })
    const back = await terminal.waitFor(/> \/warn[\s\S]*> \/warn[\s\S]*> Type a message/)
    expect(back.match(/Backchannel 0\.1\.0/g)).toHaveLength(1)
  })

  test('trust names the folder and what of it is used; the safe answer is to exit', async () => {
    await open()
    await enter('/folder')
    const trust = await terminal.waitFor('❯ 2. Exit')
    expect(trust).toMatch(/Do you trust the files in this folder\?/)
    expect(trust).toMatch(/folder: \/home\/someone\/project/)
    expect(trust).toMatch(/used: {3}\.mcp\.json, \.backchannel\/settings\.json/)
    await terminal.press('Escape')
    await waitForInput({ answer: 'exit' })
    await enter('/folder')
    await terminal.waitFor('❯ 2. Exit')
    await terminal.press('Up', 'Enter')
    await waitForInput({ answer: 'trust' })
  })

  test('a dialog that is withdrawn answers safely; consent names command and file', async () => {
    await open()
    await enter('/withdraw')
    await waitForInput({ answer: 'exit' })
    await terminal.waitFor('> Type a message')
    await enter('/server')
    const consent = await terminal.waitFor('❯ 3. Continue without it')
    expect(consent).toMatch(/start the server "ci"/)
    expect(consent).toMatch(/command: node \.\/ci\.js --watch/)
    expect(consent).toMatch(/file: {4}\/home\/someone\/project\/\.mcp\.json/)
    await terminal.press('Up', 'Up', 'Enter')
    await waitForInput({ answer: 'use' })
  })

  test('a permission is answered by a choice and Enter; a stray Enter answers nothing, and the draft stays', async () => {
    await open()
    await enter('/ask')
    const asked = await terminal.waitFor(/Allow Bash\?[\s\S]*4\. Deny, and tell the agent why/)
    expect(asked).toContain('Run shell command. Also asked in fakechat.')
    expect(asked).toContain('│ {"command":"touch x"}')
    expect(asked).not.toContain('abcde')
    await terminal.press('Enter', 'y', '9')
    await terminal.press('2')
    await terminal.waitFor('❯ 2. Allow this for the rest of the session')
    await terminal.press('Enter')
    await waitForInput({ type: 'permission', request_id: 'abcde', behavior: 'allow', scope: 'session' })
    await terminal.waitFor(/allowed by terminal[\s\S]*> Type a message/)
    expect(await terminal.logged()).toHaveLength(2)
  })

  test('a denial may say why; the next request follows, and one answered elsewhere goes away', async () => {
    await open()
    await enter('/ask-two')
    await terminal.waitFor(/Allow Bash\? \(1 of 2; Tab for the next\)[\s\S]*waiting too: Bash \{"command":"touch y"\}/)
    await terminal.press('Tab')
    await terminal.waitFor(/\(2 of 2[\s\S]*touch y/)
    await terminal.press('Up')
    await terminal.waitFor('❯ 4. Deny, and tell')
    await terminal.press('Enter')
    await terminal.waitFor('Why:')
    await terminal.type('use the other folder')
    await terminal.waitFor('Why: use the other folder')
    await terminal.press('Enter')
    await waitForInput({ type: 'permission', request_id: 'bcdef', behavior: 'deny', note: 'use the other folder' })
    await terminal.waitFor(/denied by terminal[\s\S]*Allow Bash\?\n/)
    await terminal.press('3', 'Enter')
    await waitForInput({ type: 'permission', request_id: 'abcde', behavior: 'deny' })
    await terminal.waitFor('> Type a message')
    await enter('/ask-elsewhere')
    await terminal.waitFor('Allow Bash?')
    await terminal.waitFor(/allowed by fakechat[\s\S]*> Type a message/)
  })

  test('a command can be typed while a request is open, and Esc goes there and back', async () => {
    await open()
    await enter('/ask')
    await terminal.waitFor(/4\. Deny[\s\S]*\/ for a command/)
    await terminal.type('/fakechat:access pair 2d7271')
    await terminal.waitFor(/> \/fakechat:access pair 2d7271[\s\S]*An approval waits; Esc to answer/)
    await terminal.press('Enter')
    await waitForInput({ type: 'command', text: '/fakechat:access pair 2d7271' })
    await terminal.waitFor(/ran \/fakechat:access pair[\s\S]*Allow Bash\?/)
    await terminal.press('Escape')
    await terminal.waitFor(/> Type a message[\s\S]*An approval waits/)
    await terminal.press('Escape')
    await terminal.waitFor(/Allow Bash\?[\s\S]*4\. Deny/)
    expect((await terminal.logged()).filter((input) => (input as { type: string }).type === 'permission')).toEqual([])
    await terminal.press('3', 'Enter')
    await terminal.waitFor(/denied by terminal[\s\S]*> Type a message/)
  })

  test('a question is answered by a choice, by several, or in own words', async () => {
    await open({ rows: 30 })
    await enter('/question')
    const asked = await terminal.waitFor(/Which database\?[\s\S]*4\. In your own words[\s\S]*Esc to answer later/)
    expect(asked).toContain('? The agent asks. Also asked in fakechat.')
    expect(asked).toContain('3. Both ⏎ of them')
    await terminal.press('Enter', 'x', '9', '2')
    await terminal.waitFor('❯ 2. SQLite')
    await terminal.press('Enter')
    await waitForInput({ type: 'answer', question_id: 'q1', choices: ['2'] })
    await terminal.waitFor(/answered by terminal: SQLite[\s\S]*> Type a message/)
    await enter('/questions')
    await terminal.waitFor(/\[ \] PostgreSQL[\s\S]*and 1 more question waits/)
    await terminal.press('1', '3')
    await terminal.waitFor(/\[x\] PostgreSQL[\s\S]*\[x\] Both[\s\S]*answer with 2/)
    await terminal.press('Enter')
    await waitForInput({ type: 'answer', question_id: 'q2', choices: ['1', '3'] })
    await terminal.waitFor(/answered by terminal: PostgreSQL, Both[\s\S]*A number or the arrow keys/)
    await terminal.press('4', 'Enter')
    await terminal.waitFor('Your answer:')
    await terminal.type('none, a file')
    await terminal.waitFor('Your answer: none, a file')
    await terminal.press('Enter')
    await waitForInput({ type: 'answer', question_id: 'q3', choices: [], text: 'none, a file' })
    await terminal.waitFor(/answered by terminal: none, a file[\s\S]*> Type a message/)
  })

  test('the end of a long command is always in sight, also in a small window', async () => {
    await open({ rows: 16, columns: 60 })
    await enter('/ask-long')
    const asked = await terminal.waitFor(/Allow Bash\?[\s\S]*4\. Deny/)
    expect(asked.replaceAll('│', '')).toMatch(/rm\s+-rf\s+\/the-end"}/)
    expect(asked).toMatch(/… \d+ rows more/)
  })

  test('a narrower, a tiny and a wide window', async () => {
    await open({ columns: 100 })
    await terminal.type('a draft that is long enough to need more than one row of a narrow window')
    await terminal.waitFor('narrow window')
    await terminal.resize(40, 30)
    const narrow = await terminal.waitFor(/^╭─{38}╮$/m)
    expect(narrow.match(/╭/g)?.length).toBeLessThanOrEqual(2)
    expect(narrow).toMatch(/> a draft that is long enough/)
    await terminal.resize(12, 4)
    await terminal.waitFor(/^╭─{10}╮$/m)
    await terminal.resize(80, 24)
    await terminal.waitFor(/^╭─{78}╮$/m)
    await terminal.press('Enter')
    await waitForInput({
      type: 'prompt',
      text: 'a draft that is long enough to need more than one row of a narrow window',
    })
  })

  test('a flood keeps its order and leaves the live region alone', async () => {
    await open()
    await enter('/many')
    const screen = await terminal.waitFor(/notice 500\n\n╭/)
    expect(screen).toMatch(/notice 498\n· notice 499\n· notice 500/)
    expect(screen.match(/╭/g)).toHaveLength(1)
  })

  test('without UTF-8 and without colour', async () => {
    await open({ columns: 40, env: { LANG: 'C', NO_COLOR: '1' } })
    await enter('/inbound')
    const screen = await terminal.waitFor('sent (m7)')
    expect(screen).toMatch(/<- fakechat \| web: what's in my/)
    expect(screen).toMatch(/\+-{38}\+/)
  })

  test.each([
    ['a crash', '/crash', undefined],
    ['SIGTERM', undefined, 'SIGTERM' as const],
  ])('%s puts the terminal back', async (_name, command, signal) => {
    await open()
    if (command) await enter(command)
    if (signal) {
      const shell = Number(await terminal.ask('#{pane_pid}'))
      process.kill(await childOf(shell), signal)
    }
    const modes = await terminal.modesAfterExit()
    expect(modes).toMatch(/ icanon /)
    expect(modes).toMatch(/ echo /)
    expect(await terminal.ask('#{cursor_flag} #{alternate_on}')).toBe('1 0')
  })
})

/** The driver is the shell's only child. */
async function childOf(pid: number): Promise<number> {
  const { execFile } = await import('node:child_process')
  return new Promise((resolve, reject) => {
    execFile('ps', ['-o', 'pid=', '--ppid', `${pid}`], (error, stdout) => {
      if (error) reject(error)
      else resolve(Number(stdout.trim()))
    })
  })
}
