/** What was typed becomes arguments and nothing else; what the program says is said in the user's words. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type OperatorCommand, planCommand, readWords } from './operator-command.ts'

const ACCESS: OperatorCommand = { program: ['access'], fallback: ['status'] }
const SOURCES: OperatorCommand = { program: [], here: ['list', 'remove'], fallback: ['list'] }
const NAMES = { name: '/fakechat:access', terminal: 'node "/p/start.cjs"' }

function argsOf(typed: string, command = ACCESS): readonly string[] | string {
  const plan = planCommand(typed, command, NAMES)
  return 'refused' in plan ? plan.refused : plan.args
}

describe('readWords', () => {
  it.each([
    ['pair a1b2c3', ['pair', 'a1b2c3']],
    ['  pair   a1b2c3  ', ['pair', 'a1b2c3']],
    ['approver add "Ada Lovelace"', ['approver', 'add', 'Ada Lovelace']],
    ["approver add 'it\"s'", ['approver', 'add', 'it"s']],
    ['a"b c"d', ['ab cd']],
    ['""', ['']],
    ['pair x; rm -rf ~', ['pair', 'x;', 'rm', '-rf', '~']],
    ['pair $(id) `id` $HOME && x | y > z', ['pair', '$(id)', '`id`', '$HOME', '&&', 'x', '|', 'y', '>', 'z']],
    ['', []],
  ])('reads %j', (typed, words) => {
    expect(readWords(typed)).toEqual(words)
  })

  it.each(['pair "x', "it's", 'a\nb', 'a\u001b[2Jb', 'a\u2028b'])('refuses %j', (typed) => {
    expect(readWords(typed)).toEqual(expect.any(String))
  })

  it('gives back what was quoted', () => {
    const word = fc.stringMatching(/^[^'\u0000-\u001f\u007f-\u009f\u2028\u2029]{0,20}$/)
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        expect(readWords(words.map((one) => `'${one}'`).join(' '))).toEqual(words)
      }),
    )
  })
})

describe('planCommand', () => {
  it('passes on what was typed, after the command of the program', () => {
    expect(argsOf('pair a1b2c3')).toEqual(['access', 'pair', 'a1b2c3'])
    expect(argsOf('')).toEqual(['access', 'status'])
    expect(argsOf('list', SOURCES)).toEqual(['list'])
  })

  it('does not pass on what may carry a secret, and does not say it again', () => {
    expect(argsOf('add github --secret hunter2', SOURCES)).toMatch(/in a terminal[\s\S]*node "\/p\/start.cjs" add …$/)
    const configure = argsOf('123:hunter', { program: ['configure'], here: ['status'], fallback: ['status'] })
    expect(configure).toMatch(/node "\/p\/start.cjs" configure$/)
    expect(configure).not.toContain('hunter')
  })

  it('shows what is set where no word is passed on', () => {
    const bare: OperatorCommand = { program: ['configure'], here: [], fallback: [] }
    expect(argsOf('', bare)).toEqual(['configure'])
    expect(argsOf('123:hunter', bare)).toMatch(/^\/fakechat:access does nothing but show what is set here\./)
  })

  it('refuses what is too long or not one line', () => {
    expect(argsOf('x'.repeat(5_000))).toContain('Nothing was done.')
    expect(argsOf('pair a\nb')).toContain('Nothing was done.')
  })

  it.each([
    ['Undo it: node start.cjs access approver remove 77', 'Undo it: /fakechat:access approver remove 77'],
    ['See bun "/a b/start.cjs" access status', 'See /fakechat:access status'],
    ['Add one: backchannel fakechat add x', 'Add one: node "/p/start.cjs" add x'],
    ['node start.cjs doctor', 'node start.cjs doctor'],
  ])('says %j as the user would', (printed, shown) => {
    const plan = planCommand('status', ACCESS, NAMES)
    expect('show' in plan && plan.show(printed)).toBe(shown)
  })

  it('goes on in a terminal where the rest is done there', () => {
    const plan = planCommand('', { program: ['configure'], here: [], fallback: [] }, NAMES)
    expect('show' in plan && plan.show('Set it: node ../start.cjs configure token')).toBe(
      'Set it: node "/p/start.cjs" configure token',
    )
  })
})
