/** Every event as people see it: literal events in, literal lines out. */
import { describe, expect, test } from 'vitest'
import type { SessionEvent, StampedEvent } from './events.ts'
import { ASCII_GLYPHS } from './glyphs.ts'
import { createLineState, type LineState, nextLineState } from './line-state.ts'
import { renderLines } from './lines.ts'

const AT = '2026-01-02T03:04:05.678Z'

function show(events: readonly SessionEvent[], start: LineState = createLineState()): string {
  let state = start
  const shown: string[] = []
  for (const event of events) {
    const stamped = { ...event, at: AT } as StampedEvent
    for (const { mark, text } of renderLines(stamped, state)) shown.push(`${mark}${text}`)
    state = nextLineState(state, stamped)
  }
  return shown.join('\n')
}

const received = (source: string, content: string, meta: Record<string, string> = {}): SessionEvent => ({
  type: 'event.received',
  source,
  event_id: 'e1',
  content,
  meta,
})
const registered: SessionEvent = {
  type: 'channel.registered',
  entry: 'plugin:fakechat@backchannel',
  source: 'fakechat',
  capabilities: { permission: false, tools: ['reply'], extension: [] },
}

describe('inbound', () => {
  test('with a user', () => {
    expect(show([received('fakechat', 'text', { chat_id: 'web', user: 'web' })])).toBe('← fakechat · web: text')
  })

  test('without one', () => {
    expect(show([received('webhook', 'hello\n', { path: '/', method: 'POST' })])).toBe('← webhook: hello')
  })

  test('stays one line, whatever it holds, and cannot pass for another', () => {
    const event = received('webhook', 'first\n⏺ rm (-rf /)\u001b[2J\u202e', { user: 'eve\n← fakechat · owner' })
    expect(show([event])).toBe('← webhook · eve ⏎ ← fakechat · owner: first ⏎ ⏺ rm (-rf /)')
  })

  test('is cut to the width', () => {
    expect(show([received('webhook', 'x'.repeat(100))], createLineState({ width: 20 }))).toBe('← webhook: xxxxxxxx…')
  })

  test('in a terminal without these symbols', () => {
    const event = received('fakechat', 'hi', { user: 'web' })
    expect(show([event], createLineState({ glyphs: ASCII_GLYPHS }))).toBe('<- fakechat | web: hi')
  })
})

test('a turn: the tag is never shown, nor the text of a reply', () => {
  const events: SessionEvent[] = [
    registered,
    received('fakechat', 'ls', { chat_id: 'web', user: 'web' }),
    { type: 'turn.started', turn: 1, input: '<channel source="fakechat">\nls\n</channel>', event_ids: ['e1'] },
    { type: 'tool.called', turn: 1, call_id: 'c1', tool: 'LS', input: { path: '.' } },
    { type: 'tool.finished', turn: 1, call_id: 'c1', ok: true, summary: 'a.txt b.txt' },
    {
      type: 'tool.called',
      turn: 1,
      call_id: 'c2',
      tool: 'mcp__plugin_fakechat_fakechat__reply',
      input: { chat_id: 'web', text: 'In /project: a.txt', files: ['/project/a.txt', '/project/b.txt'] },
    },
    { type: 'tool.finished', turn: 1, call_id: 'c2', ok: true, summary: 'sent (m7)' },
    { type: 'agent.text', turn: 1, text: 'Listed the folder.\n\nTwo files.\n' },
    { type: 'turn.finished', turn: 1, outcome: 'completed' },
  ]
  expect(show(events)).toMatchInlineSnapshot(`
    "● fakechat: messages from plugin:fakechat@backchannel inject directly in this session; restart without the flag to stop.
    ← fakechat · web: ls
    ⏺ LS (.)
      ⎿ a.txt b.txt
    ⏺ fakechat reply (chat_id: web, files: /project/a.txt, /project/b.txt)
      ⎿ sent (m7)
    ⏺ Listed the folder.
      
      Two files."
  `)
})

test('a prompt of the operator is echoed, all its lines', () => {
  expect(show([{ type: 'turn.started', turn: 1, input: 'first\nsecond', event_ids: [] }])).toBe('> first\n  second')
})

test('tools: bare servers, instances, foreign names, failures, calls that overlap', () => {
  const call = (call_id: string, tool: string, input: unknown): SessionEvent => ({
    type: 'tool.called',
    turn: 1,
    call_id,
    tool,
    input,
  })
  const finish = (call_id: string, ok: boolean, summary: string): SessionEvent => ({
    type: 'tool.finished',
    turn: 1,
    call_id,
    ok,
    summary,
  })
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  const events: SessionEvent[] = [
    { ...registered, entry: 'plugin:telegram@backchannel#work', source: 'telegram#work' },
    call('1', 'mcp__webhook__reply', { text: 'secret words' }),
    call('2', 'mcp__plugin_telegram_work__edit_message', { message_id: '5', text: 'secret words' }),
    finish('1', true, 'sent'),
    finish('2', false, 'no such message'),
    call('3', 'mcp__plugin_my_own_my_own__translate', { text: 'these words', to: 'fr' }),
    finish('3', true, ''),
    call('4', 'Bash', { command: 'ls\n\u001b[2Jrm -rf /', timeout: 5, cycle }),
    finish('4', false, ''),
    call('5', 'mcp__', null),
  ]
  expect(show(events)).toMatchInlineSnapshot(`
    "● telegram#work: messages from plugin:telegram@backchannel#work inject directly in this session; restart without the flag to stop.
    ⏺ webhook reply
    ⏺ telegram#work edit_message (message_id: 5)
      ⎿ webhook reply: sent
      ⎿ no such message
    ⏺ my_own translate (text: these words, to: fr)
      ⎿ done
    ⏺ Bash (command: ls ⏎ rm -rf /, timeout: 5, cycle: …)
      ⎿ failed
    ⏺ mcp__"
  `)
})

test('channels: refused, closed, back, dropped', () => {
  const events: SessionEvent[] = [
    { type: 'channel.refused', entry: 'server:x', reason: 'not-found', message: 'no MCP file names a server "x".' },
    registered,
    { type: 'channel.closed', entry: 'plugin:fakechat@backchannel', reason: 'was killed by SIGKILL', restarting: true },
    registered,
    { type: 'channel.closed', entry: 'server:ci', reason: 'exited with status 1', restarting: false },
    { type: 'event.dropped', source: 'webhook', reason: 'overflow', count: 1 },
    { type: 'event.dropped', source: 'webhook', reason: 'rate-limited', count: 2_400 },
  ]
  expect(show(events)).toMatchInlineSnapshot(`
    "✗ server:x was refused (not-found): no MCP file names a server "x".
    ● fakechat: messages from plugin:fakechat@backchannel inject directly in this session; restart without the flag to stop.
    ○ fakechat stopped (was killed by SIGKILL); starting it again.
    ● fakechat: registered again; messages from plugin:fakechat@backchannel inject directly in this session; restart without the flag to stop.
    ○ ci stopped (exited with status 1).
    ! webhook: 1 event dropped (overflow: too many events of the channel wait already)
    ! webhook: 2400 events dropped (rate-limited: the channel sends faster than the session takes)"
  `)
})

test('permissions and questions', () => {
  const events: SessionEvent[] = [
    {
      type: 'permission.requested',
      request_id: 'abcde',
      tool_name: 'Bash',
      description: 'Run shell command',
      input_preview: '{"command": "npm test"}',
      relayed_to: ['telegram'],
    },
    { type: 'permission.resolved', request_id: 'abcde', behavior: 'allow', by: 'telegram' },
    {
      type: 'permission.requested',
      request_id: 'fghij',
      tool_name: 'Write',
      description: 'Write notes.txt',
      input_preview: '',
      relayed_to: [],
    },
    { type: 'permission.resolved', request_id: 'fghij', behavior: 'expired', by: 'clock' },
    {
      type: 'question.requested',
      question_id: 'q1',
      text: 'Which one?',
      choices: [
        { id: 'a', label: 'The first' },
        { id: 'b', label: 'The second' },
      ],
      multiple: true,
      allow_text: true,
      relayed_to: [],
    },
    {
      type: 'question.resolved',
      question_id: 'q1',
      outcome: 'answered',
      choices: ['a'],
      text: 'and more',
      by: 'terminal',
    },
    { type: 'question.resolved', question_id: 'q2', outcome: 'cancelled', choices: [], by: 'interrupt' },
  ]
  expect(show(events)).toMatchInlineSnapshot(`
    "? Bash: Run shell command (also asked in telegram)
      ⎿ {"command": "npm test"}
      ⎿ allowed by telegram
    ? Write: Write notes.txt
      ⎿ expired
    ? Which one?
      1. The first
      2. The second
      ⎿ answered by terminal: The first, and more
      ⎿ cancelled (interrupt)"
  `)
})

test('notices, turns that went wrong, start and end', () => {
  const events: SessionEvent[] = [
    { type: 'session.started', session_id: 's1', agent: 'demo', cwd: '/project', permission_mode: 'default' },
    { type: 'notice', level: 'info', message: 'Commands:\n  /help  what there is\n' },
    { type: 'notice', level: 'warning', message: 'Careful.' },
    { type: 'notice', level: 'error', message: 'Input 3 was not taken.' },
    { type: 'turn.finished', turn: 1, outcome: 'interrupted' },
    { type: 'turn.finished', turn: 2, outcome: 'failed', error: 'no route to the model' },
    { type: 'turn.finished', turn: 3, outcome: 'failed' },
    { type: 'session.ended', reason: 'exit' },
  ]
  expect(show(events)).toMatchInlineSnapshot(`
    "● Backchannel session s1: agent demo in /project
    · Commands:
        /help  what there is
    ! Careful.
    ✗ Input 3 was not taken.
      ⎿ interrupted
    ✗ The turn failed: no route to the model
    ✗ The turn failed: the agent gave no reason
    ○ Session ended: exit"
  `)
})
