/** The property that rules for commands stand on: whatever is joined to an allowed command, no second one runs. */
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDecisionBench } from '../testing/permissions.ts'
import { readShell } from './shell.ts'

/** What could join, hide, expand or redirect, and the command that must not run. */
const pieces = fc.constantFrom(
  ...[
    ' ',
    ' ',
    ' ',
    '\n',
    '\t',
    ';',
    '&',
    '&&',
    '|',
    '||',
    '|&',
    '(',
    ')',
    '{',
    '}',
    '$(',
    '${',
    '`',
    '"',
    '"',
    "'",
    "'",
  ],
  ...[
    '\\',
    '\\\n',
    '<',
    '>',
    '>>',
    '<<',
    '<<<',
    '<(',
    '>(',
    '#',
    '!',
    '*',
    '?',
    '[',
    ']',
    '=',
    '~',
    '-',
    '--',
    '$',
    '$x',
    "$'",
  ],
  ...[
    '\\x3b',
    '\\n',
    '\r',
    '\0',
    '\v',
    '\u2028',
    '\u00a0',
    '\u200b',
    '\u202e',
    '；',
    '｜',
    'if',
    'then',
    'fi',
    'do',
    'E',
    ':',
  ],
  ...[
    'intruder',
    'intruder',
    'intruder',
    'eval',
    'exec',
    'trap',
    'a=1',
    'command',
    '. ',
    'function',
    'alias',
    'time',
    'x',
  ],
)
const tail = fc.array(pieces, { minLength: 1, maxLength: 12 }).map((list) => list.join(''))

test('a prefix rule is never stretched to a second command', async () => {
  const { bash } = await createDecisionBench()
  const rules = { allow: ['Bash(known sub:*)', 'Bash(known sub *)'] }
  const allowed = new Set<string>()
  fc.assert(
    fc.property(
      fc.oneof(fc.constant(''), tail),
      fc.constantFrom('known sub', 'known sub '),
      tail,
      (before, start, text) => {
        const line = before + start + text
        if (bash(line, { rules }).behavior !== 'allow') return
        allowed.add(line)
        for (const { words } of readShell(line).plain ?? []) expect(words.slice(0, 2)).toEqual(['known', 'sub'])
      },
    ),
    { numRuns: 2_500 },
  )
  expect(allowed.size).toBeGreaterThan(20)
  if (process.platform === 'win32') return
  for (const shell of ['bash', 'sh']) {
    expect(runWith(shell, ['known sub; intruder', 'known sub $(other)'])).toHaveLength(2)
    expect([shell, runWith(shell, [...allowed])]).toEqual([shell, []])
  }
})

/** The lines that make a real shell run anything but `known`, which is a function that does nothing. */
function runWith(shell: string, lines: readonly string[]): string[] {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
  const script = [
    'PATH=/nonexistent',
    'known() { :; }',
    'intruder() { echo "intruder $line"; }',
    ...lines.flatMap((line, at) => [`line=${at}`, `(eval ${quoted(line)}) 2>&1 </dev/null`]),
    'exit 0',
  ].join('\n')
  const output = execFileSync(shell, ['-s'], { input: script, encoding: 'utf8', timeout: 20_000 })
  return output.split('\n').flatMap((text) => {
    const found = /intruder (\d+)/.exec(text) ?? /(\d+).*not found/.exec(text)
    return found ? [`${text}: ${lines[Number(found[1])] ?? ''}`] : []
  })
}
