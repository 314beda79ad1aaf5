/** Matches patterns in time proportional to the text: all ways are followed at once, so that no text can stall it. */
import { type CharacterSet, type Instruction, PatternError, parsePattern, type Syntax } from './syntax.ts'

export { PatternError } from './syntax.ts'

export interface Pattern {
  readonly text: string
  /** Whether the pattern is found anywhere in the first {@link LOOKED_AT} characters; `^` and `$` are their ends. */
  test(text: string): boolean
}

/** How much of a value is looked at, in characters. */
export const LOOKED_AT = 4096
const MOST_UNITS = 200
const MOST_INSTRUCTIONS = 1000

export interface PatternOptions {
  /** Letters in the one case are found in the other; default false. */
  readonly ignoreCase?: boolean
}

/** @throws PatternError */
export function createPattern(text: string, { ignoreCase = false }: PatternOptions = {}): Pattern {
  if (text.length > MOST_UNITS)
    throw new PatternError(`it has ${text.length} characters, and ${MOST_UNITS} are the most`)
  const program: Instruction[] = []
  compile(parsePattern(text), program)
  emit(program, { kind: 'match' })
  const isIn = ignoreCase ? isInEitherCase : isInSet
  return { text, test: (value) => run(program, value.length > LOOKED_AT ? value.slice(0, LOOKED_AT) : value, isIn) }
}

function emit(program: Instruction[], instruction: Instruction): number {
  if (program.length >= MOST_INSTRUCTIONS) throw new PatternError('its repetitions make it too large')
  return program.push(instruction) - 1
}

function compile(syntax: Syntax, program: Instruction[]): void {
  switch (syntax.kind) {
    case 'empty':
      return
    case 'start':
    case 'end':
      emit(program, { kind: syntax.kind })
      return
    case 'boundary':
      emit(program, syntax)
      return
    case 'set':
      emit(program, { kind: 'character', set: syntax.set })
      return
    case 'sequence':
      for (const part of syntax.parts) compile(part, program)
      return
    case 'choice':
      compileChoice(syntax.options, program)
      return
    case 'repeat':
      compileRepeat(syntax.part, syntax.least, syntax.most, program)
      return
  }
}

function compileChoice(options: readonly Syntax[], program: Instruction[]): void {
  const jumps: number[] = []
  for (const [index, option] of options.entries()) {
    if (index === options.length - 1) {
      compile(option, program)
      break
    }
    const split = emit(program, { kind: 'split', first: 0, second: 0 })
    compile(option, program)
    jumps.push(emit(program, { kind: 'jump', to: 0 }))
    program[split] = { kind: 'split', first: split + 1, second: program.length }
  }
  for (const jump of jumps) program[jump] = { kind: 'jump', to: program.length }
}

function compileRepeat(part: Syntax, least: number, most: number, program: Instruction[]): void {
  for (let count = 0; count < least; count += 1) compile(part, program)
  if (most === Number.POSITIVE_INFINITY) {
    const split = emit(program, { kind: 'split', first: 0, second: 0 })
    compile(part, program)
    emit(program, { kind: 'jump', to: split })
    program[split] = { kind: 'split', first: split + 1, second: program.length }
    return
  }
  const splits: number[] = []
  for (let count = least; count < most; count += 1) {
    splits.push(emit(program, { kind: 'split', first: 0, second: 0 }))
    compile(part, program)
  }
  for (const split of splits) program[split] = { kind: 'split', first: split + 1, second: program.length }
}

/** Each instruction is alive at most once a character, hence instructions × characters at the most. */
function run(program: readonly Instruction[], text: string, isIn: typeof isInSet): boolean {
  const seen = new Int32Array(program.length).fill(-1)
  let alive: number[] = []
  let matched = false
  const add = (list: number[], start: number, at: number) => {
    const stack = [start]
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      if (seen[index] === at) continue
      seen[index] = at
      const instruction = program[index] as Instruction
      if (instruction.kind === 'match') matched = true
      else if (instruction.kind === 'jump') stack.push(instruction.to)
      else if (instruction.kind === 'split') stack.push(instruction.second, instruction.first)
      else if (instruction.kind === 'character') list.push(index)
      else if (instruction.kind === 'boundary') {
        if ((isWord(text, at - 1) !== isWord(text, at)) !== instruction.negated) stack.push(index + 1)
      } else if (instruction.kind === 'start' ? at === 0 : at === text.length) stack.push(index + 1)
    }
  }
  for (let at = 0; ; ) {
    add(alive, 0, at)
    if (matched || at >= text.length) return matched
    const point = text.codePointAt(at) ?? 0
    const next = at + (point > 0xffff ? 2 : 1)
    const following: number[] = []
    for (const index of alive) {
      const instruction = program[index]
      if (instruction?.kind === 'character' && isIn(instruction.set, point)) add(following, index + 1, next)
    }
    if (matched) return true
    alive = following
    at = next
  }
}

function isInSet({ ranges, negated }: CharacterSet, point: number): boolean {
  for (const [low, high] of ranges) if (point >= low && point <= high) return !negated
  return negated
}

function isInEitherCase(set: CharacterSet, point: number): boolean {
  const character = String.fromCodePoint(point)
  const cases = [character, character.toLowerCase(), character.toUpperCase()]
  const points = cases.filter((one) => [...one].length === 1).map((one) => one.codePointAt(0) ?? point)
  return points.some((one) => isInSet({ ...set, negated: false }, one)) !== set.negated
}

function isWord(text: string, at: number): boolean {
  return /\w/.test(text.charAt(at))
}
