/** The one error of the product: what it carries, how it is recognised across bundles and shown to people. */
import { describe, expect, it } from 'vitest'
import { BackchannelError, ERROR_CODES, renderError, toError } from './errors.ts'

describe('BackchannelError', () => {
  it('carries code, message, hint and cause', () => {
    const cause = new Error('EADDRINUSE')
    const error = new BackchannelError('port-in-use', 'Port 8788 is taken by process 42.', {
      hint: 'Stop it, or set WEBHOOK_PORT.',
      cause,
    })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'BackchannelError',
      code: 'port-in-use',
      message: 'Port 8788 is taken by process 42.',
      hint: 'Stop it, or set WEBHOOK_PORT.',
      cause,
    })
    expect(Object.keys(error)).not.toContain('backchannel.error')
  })

  it('has no cause and no hint where none was given', () => {
    const error = new BackchannelError('closed', 'The session has ended.')
    expect('cause' in error).toBe(false)
    expect(error.hint).toBeUndefined()
  })

  it('is recognised by its mark, so that the copy of another bundle counts too', () => {
    const foreign = Object.assign(new Error('from a bundle'), { [Symbol.for('backchannel.error')]: true })
    expect(BackchannelError.is(new BackchannelError('usage', 'x'))).toBe(true)
    expect(BackchannelError.is(foreign)).toBe(true)
    for (const other of [new Error('x'), null, undefined, 'closed', { code: 'closed' }, 7]) {
      expect(BackchannelError.is(other)).toBe(false)
    }
  })

  it('has a meaning for every code, in a sentence', () => {
    for (const [code, meaning] of Object.entries(ERROR_CODES)) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(meaning).toMatch(/^[A-Z].*\.$/)
    }
  })
})

describe('toError', () => {
  it('keeps an error as it is', () => {
    const error = new TypeError('x')
    expect(toError(error)).toBe(error)
  })

  it.each<[string, unknown, string]>([
    ['a text', 'broken', 'broken'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 7, '7'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['an object', { a: 1 }, '[object Object]'],
  ])('makes one of %s', (_what, thrown, message) => {
    const error = toError(thrown)
    expect(error).toBeInstanceOf(Error)
    expect(error.message).toBe(message)
  })

  it('makes one even of what cannot be a text', () => {
    const silent = Object.create(null)
    const hostile = {
      toString() {
        throw new Error('no')
      },
    }
    expect(toError(silent).message).toBe('something was thrown that is not an error and has no text')
    expect(toError(hostile).message).toBe('something was thrown that is not an error and has no text')
  })
})

describe('renderError', () => {
  it('is the message, then the hint', () => {
    expect(renderError(new BackchannelError('usage', '--foo is not an option.', { hint: 'See --help.' }))).toBe(
      '--foo is not an option. See --help.',
    )
    expect(renderError(new BackchannelError('closed', 'The session has ended.'))).toBe('The session has ended.')
    expect(renderError(new Error('plain'))).toBe('plain')
    expect(renderError('a text')).toBe('a text')
  })
})
