/** A consent dialog must show what it asks about, whatever a repository writes into its file. */
import { expect, test } from 'vitest'
import { renderCommandLine } from './command-line.ts'
import type { ServerSpec } from './config.ts'

const server = (fields: Partial<ServerSpec>): ServerSpec => {
  return { name: 'webhook', command: 'node', args: [], env: {}, file: '/f', ...fields }
}

test('everything a consent covers', () => {
  const line = renderCommandLine(
    server({ args: ['./webhook.js', 'two words', ''], env: { PORT: '1', NODE_OPTIONS: '-r ./x.js' }, cwd: './sub' }),
  )
  expect(line).toBe('PORT=1 NODE_OPTIONS="-r ./x.js" node ./webhook.js "two words" "" (in ./sub)')
})

test('nothing drives the terminal or hides a part', () => {
  const line = renderCommandLine(server({ args: ['\u001b[2K\rnode ./good.js', 'a\nb', '\u202etxt.js'] }))
  expect(line).toBe('node "\\u{1b}[2K\\u{d}node ./good.js" "a\\u{a}b" "\\u{202e}txt.js"')
})

test('what is cut says so', () => {
  expect(renderCommandLine(server({ args: ['x'.repeat(500)] }))).toBe(`node "${'x'.repeat(400)}…"`)
  const many = renderCommandLine(server({ args: Array.from({ length: 3000 }, () => 'ab') }))
  expect(many.endsWith('… and 5004 characters more')).toBe(true)
})
