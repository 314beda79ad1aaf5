/** Shows what filters, paths, templates and attributes see of a delivery, and what they never do. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFilter } from './filter.ts'
import { limit, parseMeta, VALUE_UNITS } from './meta.ts'
import { parsePath, type View } from './path.ts'
import { loadTemplateEngine, TEMPLATE_UNITS } from './template.ts'

const FILE = { file: 'sources.json', field: 'sources[0]' }
const HOSTILE =
  '{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"x":1}},"toString":1,"a":{"b":[{"c":"deep"},2]}}'
const view = (body: unknown, headers: Record<string, string> = {}): View => ({ headers, body })
const engine = await loadTemplateEngine()
const render = (template: string, body: unknown, headers?: Record<string, string>) =>
  engine.parse(template).render(view(body, headers))

describe('paths', () => {
  it.each([
    ['body', { a: 1 }],
    ['body.a', 1],
    ['body["a"]', 1],
    ['headers.x-event', 'push'],
    ['headers.X-Event', 'push'],
  ])('%s', (path, expected) => {
    expect(parsePath(path)?.read(view({ a: 1 }, { 'x-event': 'push' }))).toEqual(expected)
  })

  it('go through lists and odd names', () => {
    const given = view(JSON.parse(HOSTILE))
    expect(parsePath('body.a.b[0].c')?.read(given)).toBe('deep')
    expect(parsePath('body.a.b.1')?.read(given)).toBe(2)
    expect(parsePath('body.a.b.length')?.read(given)).toBe(2)
    expect(parsePath('body["a"]["b"][7].c')?.read(given)).toBeUndefined()
    expect(parsePath('body["odd key!"]')?.read(view({ 'odd key!': 1 }))).toBe(1)
  })

  it('see own properties only', () => {
    for (const path of [
      'body.hasOwnProperty',
      'body.a.b.map',
      'body.a.b.__proto__',
      'headers.constructor',
      'body.a.b[0].c.length',
    ]) {
      expect(parsePath(path)?.read(view(JSON.parse(HOSTILE)))).toBeUndefined()
    }
    expect(parsePath('body.__proto__.polluted')?.read(view({}))).toBeUndefined()
    expect(parsePath('body.constructor.name')?.read(view({}))).toBeUndefined()
  })

  it('are nothing else', () => {
    for (const text of [
      '',
      'a',
      'header.x',
      'body.',
      'body..a',
      'body[a]',
      'body[',
      'bodyx',
      'headers.a.b',
      'body["a"',
      'body a',
      `body.${'a'.repeat(300)}`,
    ]) {
      expect(parsePath(text)).toBeUndefined()
    }
    fc.assert(fc.property(fc.string(), (text) => void parsePath(`body${text}`)?.read(view({ a: 1 }))))
  })
})

describe('filters', () => {
  const push = view({ ref: 'refs/heads/main', size: 3, draft: false, base: null }, { 'x-github-event': 'push' })
  const passes = (rule: unknown) => parseFilter(rule, FILE)(push)

  it.each([
    [{ path: 'headers.x-github-event', equals: 'push' }, true],
    [{ path: 'headers.x-github-event', equals: 'pull' }, false],
    [{ path: 'headers.x-github-event', in: ['pull', 'push'] }, true],
    [{ path: 'body.size', equals: 3 }, true],
    [{ path: 'body.size', equals: '3' }, false],
    [{ path: 'body.size', matches: '^3$' }, true],
    [{ path: 'body.draft', equals: false }, true],
    [{ path: 'body.draft', exists: true }, true],
    [{ path: 'body.base', exists: true }, true],
    [{ path: 'body.base', equals: null }, true],
    [{ path: 'body.base', matches: 'null' }, false],
    [{ path: 'body.nothing', exists: false }, true],
    [{ path: 'body.nothing', equals: 'x' }, false],
    [{ path: 'body.ref', matches: '^refs/heads/(main|release-.*)$' }, true],
    [{ not: { path: 'body.ref', matches: 'main' } }, false],
    [
      {
        and: [
          { path: 'body.size', equals: 3 },
          { path: 'body.draft', equals: false },
        ],
      },
      true,
    ],
    [
      {
        and: [
          { path: 'body.size', equals: 3 },
          { path: 'body.draft', equals: true },
        ],
      },
      false,
    ],
    [
      {
        or: [
          { path: 'body.size', equals: 4 },
          { path: 'body.draft', equals: false },
        ],
      },
      true,
    ],
    [{ or: [{ not: { path: 'body.size', exists: true } }] }, false],
  ])('%j: %s', (rule, expected) => {
    expect(passes(rule)).toBe(expected)
  })

  it.each([
    [{}, 'sources[0]: expected and, or, not, or a path with one of equals, in, exists, matches, got nothing.'],
    ['x', 'sources[0]: expected an object with and, or, not, path, equals, in, exists, matches, got the text "x".'],
    [{ path: 'body.a' }, 'got path.'],
    [{ equals: 'a' }, 'got equals.'],
    [{ path: 'body.a', equals: 1, exists: true }, 'got path, equals, exists.'],
    [{ and: [], or: [] }, 'got and, or.'],
    [{ and: [] }, 'sources[0].and: expected a list of 1 to 100 entries, got 0 entries.'],
    [{ and: {} }, 'sources[0].and: expected a list of 1 to 100 entries, got an object.'],
    [{ and: [{ not: { path: 'x', equals: 1 } }] }, 'sources[0].and[0].not.path: expected a path such as "body.'],
    [
      { path: 'body.a', equals: {} },
      'sources[0].equals: expected a text, a number, true, false or null, got an object.',
    ],
    [
      { path: 'body.a', in: ['a', ['b']] },
      'sources[0].in[1]: expected a text, a number, true, false or null, got a list.',
    ],
    [{ path: 'body.a', exists: 'yes' }, 'sources[0].exists: expected true or false, got the text "yes".'],
    [
      { path: 'body.a', matches: '(' },
      'sources[0].matches: expected a pattern, got the text "(", but a "(" has no ")".',
    ],
    [{ path: 'body.a', equal: 1 }, 'sources[0].equal: expected one of the keys and, or, not, path, equals'],
  ])('refuse %j', (rule, message) => {
    expect(() => parseFilter(rule, FILE)).toThrow(message)
  })

  it('are not nested without end', () => {
    let rule: unknown = { path: 'body.a', exists: true }
    for (let depth = 0; depth < 25; depth += 1) rule = { not: rule }
    expect(() => parseFilter(rule, FILE)).toThrow('nested at most 20 deep')
  })
})

describe('templates', () => {
  it('render texts, lists, objects and what is not there', () => {
    expect(render('{{ headers.x-github-event }}: {{ body.a }}', { a: 'ä' }, { 'x-github-event': 'push' })).toBe(
      'push: ä',
    )
    expect(render('{{ body.list }} {{ body.object }} {{ body.none }}|', { list: [1, 'b'], object: { a: 1 } })).toBe(
      '[1,"b"] {"a":1} |',
    )
    expect(render('{% for c in body %}- {{ c.m }}\n{% endfor %}', [{ m: 'x' }, { m: 'y' }])).toBe('- x\n- y\n')
    expect(render('{{ body }}', 'a text with {{ braces }}')).toBe('a text with {{ braces }}')
  })

  it('see own properties only', () => {
    expect(render('{{ body.constructor }}{{ body.hasOwnProperty }}{{ body.s.constructor }}', { s: 'x' })).toBe('')
    expect(render('{{ body.__proto__.polluted }}', {})).toBe('')
    expect(render('{{ body.a.b[0].c }} {{ body.__proto__.polluted }}', JSON.parse(HOSTILE))).toBe('deep yes')
    expect(render('{{ body }}', JSON.parse(HOSTILE))).toContain('"toString":1')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it.each([
    ['{{ body', 'not closed'],
    ['{% if %}', 'invalid value expression'],
    ['{% frob %}', 'tag "frob" not found'],
    ['{{ body | frob }}', 'undefined filter: frob'],
    ['{% include "x" %}', 'tag "include" not found'],
    ['{% render "x" %}', 'tag "render" not found'],
    ['{% layout "x" %}', 'tag "layout" not found'],
    ['x'.repeat(TEMPLATE_UNITS + 1), 'parse length limit exceeded'],
  ])('refuse %s at once', (template, problem) => {
    expect(() => engine.parse(template)).toThrow(problem)
  })

  it.each([
    ['{% for i in (1..100000000) %}{% endfor %}'],
    ['{% for a in (1..2000) %}{% for b in (1..2000) %}x{% endfor %}{% endfor %}'],
    ['{% assign a = "1,2" | split: "," %}{% for i in (1..40) %}{% assign a = a | concat: a %}{% endfor %}{{ a.size }}'],
    ['{% assign a = "xxxxxxxxxx" %}{% for i in (1..40) %}{% assign a = a | append: a %}{% endfor %}{{ a }}'],
  ])('stop in time: %s', (template) => {
    const before = performance.now()
    expect(() => render(template, {})).toThrow(expect.objectContaining({ code: 'template-failed' }))
    expect(performance.now() - before).toBeLessThan(3000)
  })
})

describe('attributes', () => {
  const parse = (value: unknown) => parseMeta(value, FILE, (text) => engine.parse(text))
  const read = (value: unknown, body: unknown) =>
    Object.fromEntries(parse(value).map(({ key, read: of }) => [key, of(view(body))]))

  it('come by path or by template, as texts', () => {
    const body = { repo: { name: 'shop' }, n: 3, ok: true, list: [1], none: null }
    expect(
      read(
        {
          repo: 'body.repo.name',
          n: 'body.n',
          ok: 'body.ok',
          list: 'body.list',
          none: 'body.none',
          missing: 'body.x',
          both: '{{ body.repo.name }}/{{ body.n }} ',
          empty: '{{ body.x }}',
        },
        body,
      ),
    ).toEqual({
      repo: 'shop',
      n: '3',
      ok: 'true',
      list: '[1]',
      none: undefined,
      missing: undefined,
      both: 'shop/3',
      empty: undefined,
    })
  })

  it('are cut, and never inside a character', () => {
    expect(read({ a: 'body' }, 'x'.repeat(5000))['a']).toBe(`${'x'.repeat(VALUE_UNITS)}…`)
    expect(limit('a😀b', 2)).toBe('a…')
    expect(limit('a😀b', 3)).toBe('a😀…')
  })

  it.each([
    [{ 'a-b': 'body.a' }, 'sources[0].a-b: expected a name of 1 to 64 letters, digits and "_", got the text "a-b".'],
    [{ source: 'body.a' }, 'a name that the channel does not use itself'],
    [{ Verified: 'body.a' }, 'a name that the channel does not use itself'],
    [{ redelivered: 'body.a' }, 'a name that the channel does not use itself'],
    [{ a: 'nothing' }, 'sources[0].a: expected a path such as'],
    [{ a: 1 }, 'sources[0].a: expected a path such as'],
    [{ a: '{{ x' }, 'not closed'],
    ['text', 'sources[0]: expected an object of attributes, got the text "text".'],
    [
      Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`a${index}`, 'body'])),
      'at most 20 attributes, got 21.',
    ],
  ])('refuse %j', (value, message) => {
    expect(() => parse(value)).toThrow(message)
  })
})
