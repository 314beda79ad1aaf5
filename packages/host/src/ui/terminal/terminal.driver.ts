/** A program for the terminal's tests: a scripted session behind the real screen; every input is logged to a file. */
import { appendFileSync } from 'node:fs'
import { EventStream } from '../events.ts'
import type { SessionInput } from '../interaction.ts'
import { startTerminal } from './index.ts'

const log = (entry: unknown) => appendFileSync(process.env['DRIVER_LOG'] ?? '/dev/null', `${JSON.stringify(entry)}\n`)

const stream = new EventStream()
const { signal } = new AbortController()
let turn = 0
let running = false

const ENTRIES = ['server:webhook', 'plugin:mine@local']
const SERVER = { name: 'ci', command: 'node ./ci.js --watch', file: '/home/someone/project/.mcp.json' }
const FOLDER = { path: '/home/someone/project', files: ['.mcp.json', '.backchannel/settings.json'] }
const COMMANDS = [
  { name: '/help', summary: 'what you can type here' },
  { name: '/channels', summary: 'the channels of this session and their state' },
  { name: '/mcp', summary: 'the MCP servers and their tools' },
  { name: '/exit', summary: 'end the session; its channels end with it' },
]

const terminal = startTerminal({
  stream,
  commands: () => COMMANDS,
  complete: async (text) =>
    text === '/chat:access ' ? ['pair', 'policy'].map((word) => ({ name: text + word, summary: word })) : [],
  cwd: '/home/someone/project',
  version: '0.1.0',
  onInput(input) {
    log(input)
    handle(input)
  },
})

function handle(input: SessionInput): void {
  if (input.type === 'prompt') prompt(input.text)
  else if (input.type === 'command') command(input.text)
  else if (input.type === 'permission') resolve(input.request_id, input.behavior, 'terminal')
  else if (input.type === 'answer') {
    const { question_id, choices, text } = input
    const words = text === undefined ? {} : { text }
    stream.emit({ type: 'question.resolved', question_id, outcome: 'answered', choices, ...words, by: 'terminal' })
  } else if (input.type === 'end') void end()
  else if (input.type === 'interrupt') {
    running = false
    stream.emit({ type: 'turn.finished', turn, outcome: 'interrupted' })
  }
}

function prompt(text: string): void {
  if (running) return
  turn += 1
  stream.emit({ type: 'turn.started', turn, input: text, event_ids: [] })
  if (text === 'slow') {
    running = true
    return
  }
  stream.emit({ type: 'agent.text', turn, text: `You said: ${text}` })
  stream.emit({ type: 'turn.finished', turn, outcome: 'completed' })
}

function command(text: string): void {
  const run = Object.hasOwn(SCRIPT, text) ? SCRIPT[text] : undefined
  if (run) run()
  else stream.emit({ type: 'notice', level: 'info', message: `ran ${text}` })
}

function inbound(): void {
  turn += 1
  const base = { turn, call_id: `c${turn}` }
  stream.emit({
    type: 'event.received',
    source: 'fakechat',
    event_id: `e${turn}`,
    content: "what's in my\nworking directory?\u001b[2J",
    meta: { chat_id: 'web', user: 'web' },
  })
  stream.emit({ type: 'turn.started', turn, input: '<channel source="fakechat">', event_ids: [`e${turn}`] })
  stream.emit({ type: 'tool.called', ...base, tool: 'LS', input: { path: '.' } })
  stream.emit({ type: 'tool.finished', ...base, ok: true, summary: 'README.md package.json src' })
  stream.emit({
    type: 'tool.called',
    ...base,
    tool: 'mcp__plugin_fakechat_fakechat__reply',
    input: { chat_id: 'web', text: 'README.md and others' },
  })
  stream.emit({ type: 'tool.finished', ...base, ok: true, summary: 'sent (m7)' })
  stream.emit({ type: 'turn.finished', turn, outcome: 'completed' })
}

function ask(id: string, command: string): void {
  stream.emit({
    type: 'permission.requested',
    request_id: id,
    tool_name: 'Bash',
    description: 'Run shell command',
    input_preview: JSON.stringify({ command }),
    relayed_to: ['fakechat'],
  })
}

function resolve(id: string, behavior: 'allow' | 'deny', by: string): void {
  stream.emit({ type: 'permission.resolved', request_id: id, behavior, by })
}

function question(question_id: string, multiple: boolean): void {
  const labels = ['PostgreSQL', 'SQLite', 'Both\nof them']
  stream.emit({
    type: 'question.requested',
    question_id,
    text: 'Which database?\u001b[2J',
    choices: labels.map((label, at) => ({ id: String(at + 1), label })),
    multiple,
    allow_text: true,
    relayed_to: ['fakechat'],
  })
}

const SCRIPT: Readonly<Record<string, () => void>> = {
  '/inbound': inbound,
  '/ask': () => ask('abcde', 'touch x'),
  '/ask-two': () => {
    ask('abcde', 'touch x')
    ask('bcdef', 'touch y')
  },
  '/ask-long': () => ask('abcde', `echo ${'padding '.repeat(400)}; rm -rf /the-end`),
  '/ask-elsewhere': () => {
    ask('abcde', 'touch x')
    setTimeout(() => resolve('abcde', 'allow', 'fakechat'), 300)
  },
  '/question': () => question('q1', false),
  '/questions': () => {
    question('q2', true)
    question('q3', false)
  },
  '/warn': () => answered(terminal.dialogs.confirmDevelopmentChannels(ENTRIES, signal)),
  '/folder': () => answered(terminal.dialogs.confirmFolder(FOLDER, signal)),
  '/server': () => answered(terminal.dialogs.confirmServer(SERVER, signal)),
  '/secret': () => answered(terminal.dialogs.askSecret('The token of the bot', signal).then(String)),
  '/withdraw': () => answered(terminal.dialogs.confirmDevelopmentChannels(ENTRIES, AbortSignal.timeout(300))),
  '/many': () => {
    for (let line = 1; line <= 500; line++) stream.emit({ type: 'notice', level: 'info', message: `notice ${line}` })
  },
  '/crash': () => {
    setImmediate(() => {
      throw new Error('the driver crashed')
    })
  },
}

function answered(answer: Promise<string>): void {
  void answer.then((value) => log({ answer: value }))
}

async function end(): Promise<void> {
  stream.emit({ type: 'session.ended', reason: 'end' })
  await terminal.close()
  await terminal.close()
  log('closed')
}

stream.emit({
  type: 'session.started',
  session_id: 's1',
  agent: 'demo',
  cwd: '/home/someone/project',
  permission_mode: 'default',
})
for (const name of ['fakechat', 'webhook']) {
  stream.emit({
    type: 'channel.registered',
    entry: `plugin:${name}@backchannel`,
    source: name,
    capabilities: { permission: false, tools: ['reply'], extension: [] },
  })
}
