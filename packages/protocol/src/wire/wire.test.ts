/** The messages beside the event (contract 5 and 8): literal JSON out, anything in, and a problem that says what was wrong. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  parseAccessRequest,
  parseAccessResult,
  parseCompletionRequest,
  parseCompletionResult,
  parseConfigureRequest,
  renderAccessRequest,
  renderAccessResult,
  renderCompletionRequest,
  renderCompletionResult,
  renderConfigureRequest,
} from './access.ts'
import { parseControl, parseControlResult, renderControl, renderControlResult } from './control.ts'
import {
  parsePermissionRequest,
  parsePermissionResolved,
  parsePermissionVerdict,
  renderPermissionRequest,
  renderPermissionResolved,
  renderPermissionVerdict,
} from './permission.ts'
import {
  parseAnswer,
  parseQuestion,
  parseQuestionResolved,
  renderAnswer,
  renderQuestion,
  renderQuestionResolved,
} from './question.ts'
import type { Read } from './read.ts'
import { parseReceipt, parseRegistration, renderReceipt, renderRegistration } from './receipt.ts'

const permission = {
  requestId: 'abcde',
  toolName: 'Bash',
  description: 'List the folder',
  inputPreview: '{"command":"ls"}',
}
const question = {
  questionId: 'q1',
  text: 'Which?',
  choices: [
    { id: 'a', label: 'A' },
    { id: 'b', label: 'B' },
  ],
  multiple: false,
  allowText: true,
}
const origin = { source: 'telegram', chatId: '7', eventId: 'e1' }

describe('written strictly', () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      'a permission request',
      renderPermissionRequest(permission, true),
      '{"request_id":"abcde","tool_name":"Bash","description":"List the folder","input_preview":"{\\"command\\":\\"ls\\"}"}',
    ],
    [
      'a permission request with its origin',
      renderPermissionRequest({ ...permission, origin }, true),
      '{"request_id":"abcde","tool_name":"Bash","description":"List the folder","input_preview":"{\\"command\\":\\"ls\\"}",' +
        '"origin":{"source":"telegram","chat_id":"7","event_id":"e1"}}',
    ],
    [
      'a permission request towards a peer without the feature',
      renderPermissionRequest({ ...permission, origin }, false),
      '{"request_id":"abcde","tool_name":"Bash","description":"List the folder","input_preview":"{\\"command\\":\\"ls\\"}"}',
    ],
    [
      'an origin with no chat',
      renderPermissionRequest({ ...permission, origin: { source: 'webhook' } }, true)['origin'] as Record<
        string,
        unknown
      >,
      '{"source":"webhook"}',
    ],
    [
      'a verdict',
      renderPermissionVerdict({ requestId: 'abcde', behavior: 'allow' }, true),
      '{"request_id":"abcde","behavior":"allow"}',
    ],
    [
      'a verdict for the session, with who gave it',
      renderPermissionVerdict({ requestId: 'abcde', behavior: 'allow', scope: 'session', by: 'u1' }, true),
      '{"request_id":"abcde","behavior":"allow","scope":"session","by":"u1"}',
    ],
    [
      'a verdict towards a peer without the feature',
      renderPermissionVerdict({ requestId: 'abcde', behavior: 'allow', scope: 'session', by: 'u1' }, false),
      '{"request_id":"abcde","behavior":"allow"}',
    ],
    ['an access request', renderAccessRequest({ args: ['pair', 'a1b2c3'] }), '{"args":["pair","a1b2c3"]}'],
    [
      'settings with a secret',
      renderConfigureRequest({ args: ['token'], secret: 's' }),
      '{"args":["token"],"secret":"s"}',
    ],
    ['settings without one', renderConfigureRequest({ args: [] }), '{"args":[]}'],
    [
      'a result that asks',
      renderAccessResult({ ok: true, text: '', ask: 'The token' }),
      '{"ok":true,"text":"","ask":"The token"}',
    ],
    [
      'a word to complete',
      renderCompletionRequest({ command: 'access', args: ['pa'] }),
      '{"command":"access","args":["pa"]}',
    ],
    [
      'what completes it',
      renderCompletionResult([{ value: 'pair', summary: '' }]),
      '{"choices":[{"value":"pair","summary":""}]}',
    ],
    ['an access result', renderAccessResult({ ok: true, text: 'Paired.' }), '{"ok":true,"text":"Paired."}'],
    [
      'the end of a request',
      renderPermissionResolved({ requestId: 'abcde', outcome: 'expired', by: 'terminal' }),
      '{"request_id":"abcde","outcome":"expired","by":"terminal"}',
    ],
    [
      'a registration',
      renderRegistration({ state: 'registered', source: 'telegram#work' }),
      '{"state":"registered","source":"telegram#work"}',
    ],
    [
      'a refusal',
      renderRegistration({ state: 'refused', reason: 'policy-off', source: 'telegram' }),
      '{"state":"refused","reason":"policy-off","source":"telegram"}',
    ],
    ['a receipt', renderReceipt({ eventId: 'e1', state: 'started' }), '{"event_id":"e1","state":"started"}'],
    [
      'a receipt with a reason',
      renderReceipt({ eventId: 'e1', state: 'dropped', reason: 'overflow' }),
      '{"event_id":"e1","state":"dropped","reason":"overflow"}',
    ],
    [
      'a question',
      renderQuestion(question),
      '{"question_id":"q1","text":"Which?","choices":[{"id":"a","label":"A"},{"id":"b","label":"B"}],"multiple":false}',
    ],
    [
      'a question with its origin',
      renderQuestion({ ...question, choices: [], multiple: true, origin: { source: 'discord', chatId: '9' } }),
      '{"question_id":"q1","text":"Which?","choices":[],"multiple":true,"origin":{"source":"discord","chat_id":"9"}}',
    ],
    ['an answer', renderAnswer({ questionId: 'q1', choices: ['a', 'b'] }), '{"question_id":"q1","choices":["a","b"]}'],
    [
      'an answer in words',
      renderAnswer({ questionId: 'q1', choices: [], text: 'neither' }),
      '{"question_id":"q1","choices":[],"text":"neither"}',
    ],
    [
      'a question that takes no words',
      renderQuestion({ ...question, choices: [], allowText: false }),
      '{"question_id":"q1","text":"Which?","choices":[],"multiple":false,"allow_text":false}',
    ],
    [
      'the answer of somebody',
      renderAnswer({ questionId: 'q1', choices: ['a'], by: 'u1' }),
      '{"question_id":"q1","choices":["a"],"by":"u1"}',
    ],
    [
      'the end of a question with its answer',
      renderQuestionResolved({ questionId: 'q1', by: 'terminal', outcome: 'answered', choices: ['a'], text: 't' }),
      '{"question_id":"q1","by":"terminal","outcome":"answered","choices":["a"],"text":"t"}',
    ],
    [
      'the end of a question',
      renderQuestionResolved({ questionId: 'q1', by: 'telegram' }),
      '{"question_id":"q1","by":"telegram"}',
    ],
    ['control', renderControl({ action: 'interrupt', by: 'u1' }), '{"action":"interrupt","by":"u1"}'],
    [
      'control with an id',
      renderControl({ action: 'status', by: 'u1', controlId: 'c1' }),
      '{"action":"status","by":"u1","control_id":"c1"}',
    ],
    [
      'what came of control',
      renderControlResult({ action: 'compact', by: 'u1', controlId: 'c1', ok: true, text: 'Later.', pending: true }),
      '{"action":"compact","by":"u1","control_id":"c1","ok":true,"text":"Later.","pending":true}',
    ],
  ])('%s', (_what, params, json) => {
    expect(JSON.stringify(params)).toBe(json)
  })

  it('what the contract does not know is left out', () => {
    const extra = { extra: true, request_id: 'other' }
    expect(JSON.stringify(renderPermissionVerdict({ requestId: 'abcde', behavior: 'deny', ...extra }, true))).toBe(
      '{"request_id":"abcde","behavior":"deny"}',
    )
    expect(JSON.stringify(renderControl({ action: 'status', by: 'u1', ...extra }))).toBe(
      '{"action":"status","by":"u1"}',
    )
    const choices = [{ id: 'a', label: 'A', secret: 'x' }]
    expect(JSON.stringify(renderQuestion({ ...question, choices, ...extra }))).toBe(
      '{"question_id":"q1","text":"Which?","choices":[{"id":"a","label":"A"}],"multiple":false}',
    )
  })
})

/** Each parser, a message it takes as it came over the wire, and the value it gives. */
const messages: [string, (params: unknown) => Read<unknown>, Record<string, unknown>, unknown][] = [
  [
    'permission_request',
    parsePermissionRequest,
    {
      request_id: 'abcde',
      tool_name: 'Bash',
      description: 'List the folder',
      input_preview: '{"command":"ls"}',
      origin: { source: 'telegram', chat_id: '7', event_id: 'e1' },
    },
    { ...permission, origin },
  ],
  [
    'permission',
    parsePermissionVerdict,
    { request_id: 'abcde', behavior: 'deny' },
    { requestId: 'abcde', behavior: 'deny' },
  ],
  ['access', parseAccessRequest, { args: ['pair', 'a1b2c3'] }, { args: ['pair', 'a1b2c3'] }],
  ['configure', parseConfigureRequest, { args: ['token'], secret: 's' }, { args: ['token'], secret: 's' }],
  ['complete', parseCompletionRequest, { command: 'configure', args: [''] }, { command: 'configure', args: [''] }],
  [
    'the answer to complete',
    parseCompletionResult,
    { choices: [{ value: 'pair', summary: 's' }, { value: 'deny' }] },
    [
      { value: 'pair', summary: 's' },
      { value: 'deny', summary: '' },
    ],
  ],
  ['the answer to configure', parseAccessResult, { ok: true, text: '', ask: 'It' }, { ok: true, text: '', ask: 'It' }],
  ['the answer to access', parseAccessResult, { ok: false, text: 'No.' }, { ok: false, text: 'No.' }],
  [
    'permission_resolved',
    parsePermissionResolved,
    { request_id: 'abcde', outcome: 'cancelled', by: 'rule' },
    { requestId: 'abcde', outcome: 'cancelled', by: 'rule' },
  ],
  ['registration', parseRegistration, { state: 'registered', source: 's' }, { state: 'registered', source: 's' }],
  ['receipt', parseReceipt, { event_id: 'e1', state: 'queued' }, { eventId: 'e1', state: 'queued' }],
  [
    'question',
    parseQuestion,
    { question_id: 'q1', text: 'Which?', choices: [{ id: 'a', label: 'A' }], multiple: true, origin: { source: 's' } },
    {
      questionId: 'q1',
      text: 'Which?',
      choices: [{ id: 'a', label: 'A' }],
      multiple: true,
      allowText: true,
      origin: { source: 's' },
    },
  ],
  [
    'answer',
    parseAnswer,
    { question_id: 'q1', choices: ['a'], text: 't', by: 'u1' },
    { questionId: 'q1', choices: ['a'], text: 't', by: 'u1' },
  ],
  ['question_resolved', parseQuestionResolved, { question_id: 'q1', by: 's' }, { questionId: 'q1', by: 's' }],
  ['control', parseControl, { action: 'clear', by: 'u1' }, { action: 'clear', by: 'u1' }],
  [
    'control_result',
    parseControlResult,
    { action: 'clear', by: 'u1', control_id: 'c', ok: false, text: 'No.', pending: true },
    { action: 'clear', by: 'u1', controlId: 'c', ok: false, text: 'No.', pending: true },
  ],
  [
    'question_resolved with its answer',
    parseQuestionResolved,
    { question_id: 'q1', by: 's', outcome: 'answered', choices: ['a'], text: 't' },
    { questionId: 'q1', by: 's', outcome: 'answered', choices: ['a'], text: 't' },
  ],
]

describe.each(messages)('reading %s', (_name, parse, params, value) => {
  it('gives the value', () => {
    expect(parse(params)).toEqual({ ok: true, value })
  })

  it('lets unknown keys pass, and drops them', () => {
    expect(parse({ ...params, extra: { deep: [1] }, _meta: {} })).toEqual({ ok: true, value })
    expect(parse(JSON.parse(`{"__proto__":{"x":1},"constructor":7,${JSON.stringify(params).slice(1)}`))).toEqual({
      ok: true,
      value,
    })
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'x'],
    ['a number', 7],
    ['a list', []],
    ['an empty object', {}],
    ['a prototype alone', JSON.parse(`{"__proto__":${JSON.stringify(params)}}`)],
  ])('refuses %s with a problem', (_what, other) => {
    const read = parse(other)
    expect(read.ok).toBe(false)
    expect(!read.ok && read.problem).toMatch(/^"\w+"(: expected .+, got .+| is missing)$/)
  })

  it.each(Object.keys(params))('names "%s" where it has a wrong type', (key) => {
    const read = parse({ ...params, [key]: 7 })
    expect(!read.ok && read.problem).toMatch(new RegExp(`^"${key}": expected .+, got 7$`))
  })

  it('never throws, and never floods', () => {
    const junk = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary', minLength: 200, maxLength: 400 }))
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(params)), junk), (some) => {
        for (const read of [parse(some), parse({ ...params, ...some })]) {
          if (read.ok) continue
          expect(read.problem.length).toBeLessThan(900)
          expect(read.problem).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
        }
      }),
      { seed: 20_261_122, numRuns: 300 },
    )
  })
})

describe('a problem names the field, what was expected and what came', () => {
  it.each<[Read<unknown>, string]>([
    [parsePermissionRequest(undefined), '"params": expected Object, got undefined'],
    [parsePermissionRequest([]), '"params": expected Object, got Array'],
    [parseControl({}), '"action" is missing'],
    [parseControl({ action: 'clear' }), '"by" is missing'],
    [
      parseControl({ action: 'stop', by: 'x' }),
      '"action": expected ("interrupt" | "clear" | "compact" | "status"), got "stop"',
    ],
    [
      parsePermissionVerdict({ request_id: 'ABCDE', behavior: 'allow' }),
      '"request_id": expected /^[a-km-z]{5}$/, got "ABCDE"',
    ],
    [
      parsePermissionVerdict({ request_id: 'abcde', behavior: true }),
      '"behavior": expected ("allow" | "deny"), got true',
    ],
    [parseAccessRequest({ args: ['pair', 7] }), '"args.1": expected string, got 7'],
    [parseAccessResult({ ok: 'yes', text: '' }), '"ok": expected boolean, got "yes"'],
    [
      parsePermissionVerdict({ request_id: 'abcde', behavior: 'ask' }),
      '"behavior": expected ("allow" | "deny"), got "ask"',
    ],
    [parsePermissionRequest({ ...messages[0]![2], origin: { chat_id: '7' } }), '"origin.source" is missing'],
    [parsePermissionRequest({ ...messages[0]![2], origin: { source: 7 } }), '"origin.source": expected string, got 7'],
    [
      parseQuestion({ question_id: 'q', text: 't', choices: [{ id: 'a', label: 'A' }, { id: 'b' }] }),
      '"choices.1.label" is missing',
    ],
    [parseQuestion({ question_id: 'q', text: 't', choices: 'a' }), '"choices": expected Array, got "a"'],
    [parseAnswer({ question_id: 'q', choices: ['a', 7] }), '"choices.1": expected string, got 7'],
    [
      parseReceipt({ event_id: 'e', state: `\u001b[2J${'x'.repeat(10_000)}` }),
      `"state": expected ("queued" | "started" | "completed" | "failed" | "dropped"), got "\\u{1b}[2J${'x'.repeat(55)}…`,
    ],
  ])('%#', (read, problem) => {
    expect(read).toEqual({ ok: false, problem })
  })
})

describe('loose on read: null is as good as absent', () => {
  it.each<[string, Read<unknown>, unknown]>([
    ['origin of a request', parsePermissionRequest({ ...messages[0]![2], origin: null }), permission],
    [
      'parts of an origin',
      parsePermissionRequest({ ...messages[0]![2], origin: { source: 's', chat_id: null, event_id: null } }),
      { ...permission, origin: { source: 's' } },
    ],
    [
      'reason of a registration',
      parseRegistration({ state: 'refused', reason: null, source: 's' }),
      { state: 'refused', source: 's' },
    ],
    [
      'reason of a receipt',
      parseReceipt({ event_id: 'e', state: 'failed', reason: null }),
      { eventId: 'e', state: 'failed' },
    ],
    [
      'multiple and origin of a question',
      parseQuestion({ question_id: 'q', text: 't', choices: [], multiple: null, origin: null }),
      { questionId: 'q', text: 't', choices: [], multiple: false, allowText: true },
    ],
    [
      'choices and text of an answer',
      parseAnswer({ question_id: 'q', choices: null, text: null }),
      { questionId: 'q', choices: [] },
    ],
  ])('%s', (_what, read, value) => {
    expect(read).toEqual({ ok: true, value })
  })

  it('a scope that is not known is this call alone', () => {
    const known = { request_id: 'abcde', behavior: 'allow', scope: 'session', by: 'u1' }
    const value = { requestId: 'abcde', behavior: 'allow', scope: 'session', by: 'u1' }
    expect(parsePermissionVerdict(known)).toEqual({ ok: true, value })
    for (const scope of ['always', 1, null, {}, ['session']]) {
      expect(parsePermissionVerdict({ request_id: 'abcde', behavior: 'allow', scope, by: 7 })).toEqual({
        ok: true,
        value: { requestId: 'abcde', behavior: 'allow' },
      })
    }
  })

  it('what is optional may be left out', () => {
    expect(parseQuestion({ question_id: 'q', text: 't', choices: [] })).toEqual({
      ok: true,
      value: { questionId: 'q', text: 't', choices: [], multiple: false, allowText: true },
    })
    expect(parseAnswer({ question_id: 'q' })).toEqual({ ok: true, value: { questionId: 'q', choices: [] } })
    expect(parseReceipt({ event_id: 'e', state: 'failed', reason: '' })).toEqual({
      ok: true,
      value: { eventId: 'e', state: 'failed' },
    })
  })
})

describe('what is written is read back, over JSON', () => {
  const text = fc.string({ unit: 'binary' })
  const some = fc.string({ unit: 'binary', minLength: 1 })
  const requestId = fc.stringMatching(/^[a-km-z]{5}$/)
  const anyOrigin = fc.record({ source: text, chatId: text, eventId: text }, { requiredKeys: ['source'] })
  const choice = fc.record({ id: text, label: text })

  it.each<[string, fc.Arbitrary<never>, (value: never) => Record<string, unknown>, (params: unknown) => Read<unknown>]>(
    [
      pair(
        'permission_request',
        fc.record(
          { requestId, toolName: text, description: text, inputPreview: text, origin: anyOrigin },
          { requiredKeys: ['requestId', 'toolName', 'description', 'inputPreview'] },
        ),
        (one) => renderPermissionRequest(one, true),
        parsePermissionRequest,
      ),
      pair(
        'permission',
        fc.record(
          { requestId, behavior: fc.constantFrom('allow', 'deny'), scope: fc.constant('session'), by: text },
          { requiredKeys: ['requestId', 'behavior'] },
        ),
        (one) => renderPermissionVerdict(one, true),
        parsePermissionVerdict,
      ),
      pair(
        'permission_resolved',
        fc.record({ requestId, outcome: fc.constantFrom('allow', 'deny', 'expired', 'cancelled'), by: text }),
        renderPermissionResolved,
        parsePermissionResolved,
      ),
      pair(
        'registration',
        fc.record(
          { state: fc.constantFrom('registered', 'refused'), reason: some, source: text },
          { requiredKeys: ['state', 'source'] },
        ),
        renderRegistration,
        parseRegistration,
      ),
      pair(
        'receipt',
        fc.record(
          {
            eventId: text,
            state: fc.constantFrom('queued', 'started', 'completed', 'failed', 'dropped'),
            reason: some,
          },
          { requiredKeys: ['eventId', 'state'] },
        ),
        renderReceipt,
        parseReceipt,
      ),
      pair(
        'question',
        fc.record(
          {
            questionId: text,
            text,
            choices: fc.array(choice),
            multiple: fc.boolean(),
            allowText: fc.boolean(),
            origin: anyOrigin,
          },
          { requiredKeys: ['questionId', 'text', 'choices', 'multiple', 'allowText'] },
        ),
        renderQuestion,
        parseQuestion,
      ),
      pair(
        'answer',
        fc.record(
          { questionId: text, choices: fc.array(text), text, by: text },
          { requiredKeys: ['questionId', 'choices'] },
        ),
        renderAnswer,
        parseAnswer,
      ),
      pair(
        'question_resolved',
        fc.record(
          {
            questionId: text,
            by: text,
            outcome: fc.constantFrom('answered' as const, 'expired' as const, 'cancelled' as const),
            choices: fc.array(text),
            text,
          },
          { requiredKeys: ['questionId', 'by'] },
        ),
        renderQuestionResolved,
        parseQuestionResolved,
      ),
      pair(
        'control',
        fc.record({ action: fc.constantFrom('interrupt', 'clear', 'compact', 'status'), by: text }),
        renderControl,
        parseControl,
      ),
    ],
  )('%s', (_name, values, render, parse) => {
    fc.assert(
      fc.property(values, (value) => {
        expect(parse(JSON.parse(JSON.stringify(render(value))))).toEqual({ ok: true, value })
      }),
      { seed: 20_261_122, numRuns: 300 },
    )
  })
})

/** Ties a generator to its pair of functions before the table forgets the type. */
function pair<T>(
  name: string,
  values: fc.Arbitrary<T>,
  render: (value: T) => Record<string, unknown>,
  parse: (params: unknown) => Read<T>,
): [string, fc.Arbitrary<never>, (value: never) => Record<string, unknown>, (params: unknown) => Read<unknown>] {
  return [name, values as fc.Arbitrary<never>, render, parse]
}
