/** What a manifest may ask a user for, and which answers fit. */
import { describe, expect, test } from 'vitest'
import { JsonField } from '../../json/field.ts'
import { checkValue, parseUserConfig } from './user-config.ts'

const SOURCE = { file: 'plugin.json', code: 'plugin-invalid' } as const
const BASE = { type: 'string', title: 'Token', description: 'The token of the bot' }
const parse = (value: unknown) => parseUserConfig(new JsonField({ userConfig: value }, SOURCE).member('userConfig'))
const option = (given: object) => parse({ key: { ...BASE, ...given } })[0]!

test('every documented member', () => {
  expect(parse({ bot_token: { ...BASE, required: true, sensitive: true } })).toEqual([
    {
      key: 'bot_token',
      type: 'string',
      title: 'Token',
      description: 'The token of the bot',
      required: true,
      sensitive: true,
      fallback: undefined,
      min: undefined,
      max: undefined,
      choices: [],
    },
  ])
  expect(option({ type: 'number', default: 25, min: 10, max: 60 })).toMatchObject({ fallback: '25', min: 10, max: 60 })
  expect(option({ multiple: true, default: ['a', 'b'] }).fallback).toBe('a,b')
  expect(option({ options: ['a', { value: 'b', label: 'B' }], default: 'b' }).choices).toEqual(['a', 'b'])
  expect(parse(undefined)).toEqual([])
})

describe('refused', () => {
  test.each<[unknown, string]>([
    [[], 'plugin.json: userConfig must be an object of options by key'],
    [{ '1x': BASE }, 'userConfig.1x must be named with letters'],
    [{ 'a-b': BASE }, 'userConfig.a-b must be named with letters'],
    [{ x: { ...BASE, type: 'text' } }, 'userConfig.x.type must be one of "string", "number"'],
    [{ x: { type: 'string' } }, 'userConfig.x.title must be a string, got nothing'],
    [{ x: { ...BASE, hidden: true } }, 'userConfig.x.hidden must be absent: an option has type, title'],
    [{ x: { ...BASE, sensitive: 'yes' } }, 'userConfig.x.sensitive must be true or false'],
    [{ x: { ...BASE, type: 'number', default: 'many' } }, 'userConfig.x.default must be a number'],
    [{ x: { ...BASE, type: 'number', default: 1, min: 2 } }, 'userConfig.x.default must be a number of at least 2'],
    [{ x: { ...BASE, default: {} } }, 'userConfig.x.default must be a text, a number, true or false, got an object'],
  ])('%j: %s', (value, message) => {
    expect(() => parse(value)).toThrow(message)
  })
})

describe('answers', () => {
  test.each<[object, string, string | undefined]>([
    [{}, 'anything', undefined],
    [{ required: true }, '', 'set'],
    [{ type: 'number' }, '12.5', undefined],
    [{ type: 'number' }, 'twelve', 'a number'],
    [{ type: 'number' }, ' ', 'a number'],
    [{ type: 'number' }, 'Infinity', 'a number'],
    [{ type: 'number', max: 3 }, '4', 'a number of at most 3'],
    [{ type: 'boolean' }, 'true', undefined],
    [{ type: 'boolean' }, 'yes', 'true or false'],
    [{ options: ['a', 'b'] }, 'c', 'one of a, b'],
    [{}, 'a\0b', 'free of NUL characters'],
  ])('%j takes %j: %s', (given, value, wrong) => {
    const check = () => checkValue(option(given), value)
    if (wrong === undefined) expect(check()).toBe(value)
    else expect(check).toThrow(`key (Token) must be ${wrong}.`)
  })

  test('that do not fit are not repeated: they may be secrets', () => {
    expect(() => checkValue(option({ type: 'number' }), 's3cret')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('s3cret') }),
    )
  })
})
