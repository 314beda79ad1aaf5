/** In whatever quotes and behind whatever it stands: a closed place that is named, and a denied command, are refused. */
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDecisionBench } from '../testing/permissions.ts'
import { PERMISSION_MODES } from './modes.ts'

/** One character in any way that leaves a shell with the same. */
const QUOTINGS: readonly ((character: string) => string)[] = [
  (character) => character,
  (character) => character,
  (character) => character,
  (character) => `\\${character}`,
  (character) => `'${character}'`,
  (character) => `"${character}"`,
  (character) => `''${character}""`,
  (character) => `\\\n${character}`,
  (character) => `$'${character}'`,
  (character) => `$'\\x${(character.codePointAt(0) ?? 0).toString(16)}'`,
  (character) => `$'\\${(character.codePointAt(0) ?? 0).toString(8).padStart(3, '0')}'`,
]

const frames = fc.constantFrom<(path: string) => string>(
  (path) => `cat ${path}`,
  (path) => `cat < ${path}`,
  (path) => `echo x > ${path}`,
  (path) => `echo x >> ${path}`,
  (path) => `true && (cat ${path})`,
  (path) => `echo "$(cat ${path})"`,
  (path) => `if true; then cat ${path}; fi`,
  (path) => `for f in ${path}; do cat "$f"; done`,
  (path) => `f() { cat ${path}; }; f`,
  (path) => `X=${path}; cat $X`,
  (path) => `diff <(cat ${path}) x`,
  (path) => `sudo -u me cat ${path}`,
  (path) => `tar cf x.tar ${path}`,
  (path) => `cat a b c ${path} d`,
  (path) => `cat ${path} # why not`,
  (path) => `ls | xargs cat ${path}`,
  (path) => `[[ -f ${path} ]] && true`,
  (path) => `case ${path} in *) ;; esac`,
  (path) => `cat \${x:-${path}}`,
  (path) => `a=(${path})`,
)

const quotings = fc.array(fc.constantFrom(...QUOTINGS), { minLength: 8, maxLength: 30 })

function disguise(text: string, ways: readonly ((character: string) => string)[]): string {
  return [...text].map((character, at) => ways[at % ways.length]?.(character) ?? character).join('')
}

test('a closed place', async () => {
  const { folder, home, bash } = await createDecisionBench()
  const files = [
    join(home, '.backchannel/settings.json'),
    join(home, '.claude/channels/chat/access.json'),
    join(folder, 'moved-state/access.json'),
    join(folder, 'm.json'),
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...files),
      quotings,
      frames,
      fc.constantFrom(...PERMISSION_MODES),
      (file, ways, frame, mode) => {
        const command = frame(disguise(file, ways))
        expect([command, bash(command, { mode, rules: { allow: ['Bash'] } }).behavior]).toEqual([command, 'deny'])
      },
    ),
    { numRuns: 400 },
  )
})

type Wrap = (command: string) => string

/** Before a simple command. */
const prefixes = fc.constantFrom<Wrap>(
  (command) => command,
  (command) => `A=1 ${command}`,
  (command) => `> log ${command}`,
  (command) => `sudo -n ${command}`,
  (command) => `env -i B=1 ${command}`,
  (command) => `xargs -0 ${command}`,
  (command) => `find . -exec ${command} +`,
  (command) => `eval ${command}`,
  (command) => `command ${command}`,
)
/** Around any command. */
const blocks: readonly Wrap[] = [
  (command) => command,
  (command) => `true && ${command}`,
  (command) => `true;${command}`,
  (command) => `( ${command} )`,
  (command) => `{ ${command}; }`,
  (command) => `echo $( ${command} )`,
  (command) => `echo "$( ${command} )"`,
  (command) => `cat <( ${command} )`,
  (command) => `if ${command}; then :; fi`,
  (command) => `for x in 1; do ${command}; done`,
  (command) => `while ${command}; do break; done`,
  (command) => `true # x\n${command}`,
  (command) => `echo \${x:-$( ${command} )}`,
  (command) => `[[ -n $( ${command} ) ]]`,
  (command) => `echo $(( $( ${command} ) ))`,
  (command) => `f() { ${command}; }; f`,
]
/** Around a simple command. */
const constructs = fc.constantFrom<Wrap>(
  ...blocks,
  (command) => `true | ${command}`,
  (command) => `true & ${command}`,
  (command) => `! ${command}`,
  (command) => `time ${command}`,
  (command) => `coproc ${command}`,
  (command) => `a[$( ${command} )]=1`,
)

test('a denied command', async () => {
  const { bash } = await createDecisionBench()
  const rules = { allow: ['Bash'], deny: ['Bash(rm -rf *)'] }
  const program = fc.constantFrom('rm', '/bin/rm', './rm', 'RM')
  fc.assert(
    fc.property(
      program,
      quotings,
      prefixes,
      constructs,
      fc.constantFrom(...blocks),
      (name, ways, prefix, inner, outer) => {
        const command = outer(inner(prefix(`${disguise(name, ways)} -rf x`)))
        expect([command, bash(command, { mode: 'bypassPermissions', rules }).behavior]).toEqual([command, 'deny'])
      },
    ),
    { numRuns: 400 },
  )
})
