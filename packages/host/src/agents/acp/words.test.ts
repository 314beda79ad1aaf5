/** A command becomes words as a person means them, and no shell has a say. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCommand } from './words.ts'

describe('a command', () => {
  it.each([
    ['npx @agentclientprotocol/claude-agent-acp', ['npx', '@agentclientprotocol/claude-agent-acp']],
    ['  gemini\t--acp \n', ['gemini', '--acp']],
    ['"/opt/my agent/run" --name "a b"', ['/opt/my agent/run', '--name', 'a b']],
    ['run \'a "b" \\c\' d', ['run', 'a "b" \\c', 'd']],
    ['run "a \\"b\\" \\\\ \\n"', ['run', 'a "b" \\ \\n']],
    ['run a\\ b --x="1 2"', ['run', 'a b', '--x=1 2']],
    ['run ""', ['run', '']],
    ['run $HOME ~ *; rm | x && y > z `w`', ['run', '$HOME', '~', '*;', 'rm', '|', 'x', '&&', 'y', '>', 'z', '`w`']],
  ])('%j is %j', (text, words) => {
    expect(parseCommand(text, 'linux')).toEqual(words)
  })

  it('keeps the backslashes of Windows', () => {
    expect(parseCommand('C:\\a\\run.exe "C:\\b c\\d" \\\\host\\x', 'win32')).toEqual([
      'C:\\a\\run.exe',
      'C:\\b c\\d',
      '\\\\host\\x',
    ])
  })

  it.each(['', '  ', '""', 'run "a', "run 'a", 'run a\\'])('%j is refused, with an example', (text) => {
    expect(() => parseCommand(text, 'linux')).toThrow(expect.objectContaining({ code: 'usage' }))
  })

  it('gives back any words that were quoted', () => {
    const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 8 }), { minLength: 1, maxLength: 4 }), (words) => {
        fc.pre(words[0] !== '')
        expect(parseCommand(words.map(quoted).join(' '), 'linux')).toEqual(words)
      }),
    )
  })
})
