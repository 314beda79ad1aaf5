/** Which command lines are plain, what stands in the way of the others, and what can be seen of all of them. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a shell are what this is about
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LONGEST_LINE, readShell } from './shell.ts'

describe('plain command lines', () => {
  test.each<[string, string[][]]>([
    ['git status', [['git', 'status']]],
    ['  npm   run\tbuild  ', [['npm', 'run', 'build']]],
    ['a && b || c; d | e & f', [['a'], ['b'], ['c'], ['d'], ['e'], ['f']]],
    ['a\nb\n', [['a'], ['b']]],
    ['npm run build \\\n  --watch', [['npm', 'run', 'build', '--watch']]],
    [
      `git commit -m "two words; rm -rf /" -- 'a && b'`,
      [['git', 'commit', '-m', 'two words; rm -rf /', '--', 'a && b']],
    ],
    ['echo "$HOME" ${USER} $PATH', [['echo', '$HOME', '${USER}', '$PATH']]],
    ['echo a\\ b \\; \\$x', [['echo', 'a b', ';', '$x']]],
    ['grep -n foo src/*.ts', [['grep', '-n', 'foo', 'src/*.ts']]],
    ['ls 2>&1', [['ls']]],
    ['ls >/dev/null 2>&1', [['ls']]],
    ['wc -l < notes.txt', [['wc', '-l']]],
    ['echo Grüße 日本', [['echo', 'Grüße', '日本']]],
    ['echo a#b', [['echo', 'a#b']]],
    ['sudo rm x', [['sudo', 'rm', 'x']]],
  ])('%j', (line, words) => {
    const { plain, obstacle } = readShell(line)
    expect(obstacle).toBeUndefined()
    expect(plain?.map((command) => command.words)).toEqual(words)
  })

  test('files of redirects and wildcards are told', () => {
    expect(readShell("cat *.md '*' < a.txt").plain).toEqual([
      { words: ['cat', '*.md', '*'], patterns: ['*.md'], reads: ['a.txt'] },
    ])
  })
})

describe('everything else asks', () => {
  test.each<[string, string]>([
    ['', 'no command'],
    [' \n ', 'no command'],
    ['# only a comment', 'no command'],
    ['ls # rm -rf /', 'a comment'],
    ['# x\nls', 'a comment'],
    ['ls $(rm x)', 'a command inside another'],
    ['ls `rm x`', 'a command inside another'],
    ['ls "$(rm x)"', 'a command inside another'],
    ['$CMD x', 'from an expansion'],
    ['${CMD} x', 'from an expansion'],
    ['$(which rm) x', 'from an expansion'],
    ['"git" status', 'not written plainly'],
    ["g'i't status", 'not written plainly'],
    ['\\git status', 'not written plainly'],
    ['gi\\\nt status', 'not written plainly'],
    ["$'git' status", 'from an expansion'],
    ['/bin/g?t status', 'not written plainly'],
    ['/bin/* status', 'not written plainly'],
    ['{git,status}', 'not written plainly'],
    ['LD_PRELOAD=x git status', 'sets a variable'],
    ['PATH=.', 'sets a variable'],
    ['export PATH=.', 'sets a variable'],
    ['f() { ls; }; f', 'a function'],
    ['(git status)', 'a subshell'],
    ['{ git status; }', 'a control structure'],
    ['if true; then ls; fi', 'a control structure'],
    ['for x in a; do ls; done', 'a control structure'],
    ['while ls; do ls; done', 'a control structure'],
    ['case a in a) ls;; esac', 'a control structure'],
    ['[[ -f x ]]', 'a control structure'],
    ['((1))', 'a control structure'],
    ['! git diff', '"!"'],
    ['time ls', '"time"'],
    ['coproc ls', 'a coprocess'],
    ['ls |& cat', '"|&"'],
    ['cat <<E\n$(rm x)\nE', 'text of its own'],
    ['cat <<< x', 'text of its own'],
    ['diff <(ls) >(cat)', 'in the place of a file'],
    ['ls > out', 'writes to a file'],
    ['ls >> out', 'writes to a file'],
    ['ls >| out', 'writes to a file'],
    ['ls &> out', 'writes to a file'],
    ['ls >& out', 'writes to a file'],
    ['ls <> out', 'writes to a file'],
    ['> out', 'sets a variable'],
    ['ls > "/dev/null"', 'writes to a file'],
    ['ls > /dev/null/../x', 'writes to a file'],
    ['ls &>/dev/null x', 'writes to a file'],
    ['ls ~bob', 'another user'],
    ['ls ~+/x', 'another user'],
    ['ls {fd}> out', 'hard to follow'],
    ['ls {a,b}', 'braces'],
    ['ls ${x:-$(rm y)}', 'expansion'],
    ['ls ${!x}', 'expansion'],
    ['ls ${x@P}', 'expansion'],
    ['ls $((1+1))', 'expansion'],
    ['ls $_ $1', 'expansion'],
    ["ls $'a\\nb'", 'expansion'],
    ['ls $"a"', 'expansion'],
    ['ls "unterminated', 'cannot be parsed'],
    ['ls )', 'cannot be parsed'],
    ['ls &&', 'cannot be parsed'],
    ['a;;b', 'cannot be parsed'],
    ['ls\r\nrm x', 'hidden characters'],
    ['ls \0 x', 'hidden characters'],
    ['ls \u202e txt', 'hidden characters'],
    ['l\u200bs', 'hidden characters'],
    ['ls\u00a0x', 'hidden characters'],
    ['ls \u3000x', 'hidden characters'],
    ['ls \x1b[2J', 'hidden characters'],
    ['ls \ud800', 'hidden characters'],
  ])('%j: %s', (line, obstacle) => {
    const read = readShell(line)
    expect(read.plain).toBeUndefined()
    expect(read.obstacle).toContain(obstacle)
  })
})

test('a very long line', () => {
  expect(readShell(`ls ${'x'.repeat(LONGEST_LINE)}`)).toMatchObject({ obstacle: 'it is too long', commands: [] })
})

describe('what can be seen', () => {
  test.each<[string, string[]]>([
    ['ls $(rm x)', ['rm', 'x']],
    ['ls "`rm x`"', ['rm', 'x']],
    ['(a; { rm x; })', ['rm', 'x']],
    ['if a; then rm x; fi', ['rm', 'x']],
    ['f() { rm x; }', ['rm', 'x']],
    ['cat <<E\n$(rm x)\nE', ['rm', 'x']],
    ['A=1 rm x', ['rm', 'x']],
    ['sudo -u root rm x', ['rm', 'x']],
    ['xargs -n1 rm x', ['rm', 'x']],
    ['find . -exec rm x \\;', ['rm', 'x', ';']],
    [`sh -c "a; rm x"`, ['rm', 'x']],
    [`bash -c 'sh -c "rm x"'`, ['rm', 'x']],
    [`eval "rm x"`, ['rm', 'x']],
    ['\\rm x', ['rm', 'x']],
    [`"r"'m' x`, ['rm', 'x']],
    ["$'rm' x", ['rm', 'x']],
    ['ls "unterminated; rm x', ['rm', 'x']],
    ['diff <(rm x) y', ['rm', 'x']],
    ['ls # c\nrm x', ['rm', 'x']],
    ['time rm x', ['rm', 'x']],
    ['ls ${a:-$(rm x)}', ['rm', 'x']],
  ])('%j shows %j', (line, words) => {
    const seen = readShell(line).commands.flatMap((command) =>
      command.runsOthers ? command.words.map((_, at) => command.words.slice(at)) : [command.words],
    )
    expect(seen).toContainEqual(words)
  })

  test('files that are written, and words that are not run', () => {
    expect(readShell('a > out.txt 2>> err.txt < in.txt').writes).toEqual(['out.txt', 'err.txt'])
    expect(readShell('echo "rm x"; grep "a; rm x" f').commands).toEqual([
      { words: ['echo', 'rm x'], runsOthers: false },
      { words: ['grep', 'a; rm x', 'f'], runsOthers: false },
    ])
    expect(readShell('cat <<E\n/etc/x\nE').texts).toContain('/etc/x\n')
  })
})

const pieces = fc.constantFrom(
  ...[
    'a',
    'rm',
    ' ',
    '\n',
    '\t',
    ';',
    '&',
    '|',
    '(',
    ')',
    '{',
    '}',
    '$',
    '`',
    '"',
    "'",
    '\\',
    '<',
    '>',
    '#',
    '!',
    '*',
    '?',
  ],
  ...[
    '[',
    ']',
    '=',
    '~',
    '-',
    '<<E',
    'E',
    '$(',
    '${',
    '$((',
    "$'",
    'if',
    'then',
    'fi',
    'do',
    'done',
    'case',
    'esac',
    '\r',
    '\0',
  ],
)

test('any text is read without a throw, the most twisted ones of the longest length too', () => {
  const isRead = (text: string) => {
    const { plain, obstacle } = readShell(text)
    return (plain === undefined) !== (obstacle === undefined)
  }
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (list) => isRead(list.join(''))),
    { numRuns: 1_000 },
  )
  for (const part of ['$(', '(', '{ ', '"', '`', 'a;', '<<E\n', '\\', '${a:-', 'sudo ', 'sh -c "', '((', '[[ '])
    expect(isRead(part.repeat(Math.floor(LONGEST_LINE / part.length)))).toBe(true)
})
