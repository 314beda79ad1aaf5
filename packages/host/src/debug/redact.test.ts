/** Shows which shapes are masked, and that ordinary text is left alone. */
import { expect, test } from 'vitest'
import { redact, redactDeep } from './redact.ts'

const SECRETS = [
  `sk-${'ant-api03-'}${'a1'.repeat(20)}`,
  `ghp_${'A1b2'.repeat(9)}`,
  `xoxb-${'1234567890'}-abcdef`,
  `AKIA${'ABCD1234'.repeat(2)}`,
  `123456789:${'Ab-_5'.repeat(7)}`,
  `whsec_${'MfKQ9r8G'.repeat(3)}`,
  `eyJ${'hbGciOi'.repeat(3)}.${'eyJzdWI'.repeat(3)}.${'abcdef'.repeat(3)}`,
]

test.each(SECRETS)('masks %s', (secret) => {
  expect(redact(`before ${secret} after`)).toBe('before [REDACTED] after')
})

test('masks a password in a URL, a bearer token and a private key', () => {
  expect(redact('https://user:hunter2@example.com/x')).toBe('https://user:[REDACTED]@example.com/x')
  expect(redact('Authorization: Bearer abc.def')).toBe('Authorization: Bearer [REDACTED]')
  expect(redact('-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nrest')).toBe('[REDACTED]\nrest')
})

test('leaves ordinary text alone', () => {
  const text = 'task-force sk-1 at 10:30, see https://ci.example.com/run/1234 and git@github.com:owner/name.git'
  expect(redact(text)).toBe(text)
})

test('goes through nested values and keeps their shape', () => {
  const input = { list: [{ token: SECRETS[1] }], count: 1, nothing: null }
  expect(redactDeep(input)).toEqual({ list: [{ token: '[REDACTED]' }], count: 1, nothing: null })
})
