/** `.env` as people and official servers write it: read tolerantly, changed in one line, for its owner alone. */
import { chmod, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory } from '@backchannel/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changeEnv, parseEnv, readEnvFile, writeEnvVariable } from './env-file.ts'

describe('reading', () => {
  it.each([
    ['A=1', '1'],
    ['\uFEFFA=1\r\nB=2\r\n', '1'],
    ['# A=0\n\n  export  A = 1  # the first\n', '1'],
    ['A="1 # 2"', '1 # 2'],
    ["A='1'\r\n", '1'],
    ['A="a\\"b\\\\c\\nd"', 'a"b\\c\nd'],
    ['A=1#2', '1#2'],
    ['A=', ''],
    ['A=1\nA=2', '1'],
    ['A=a=b', 'a=b'],
    ['B=1\rA=2', '2'],
    ['no line at all', undefined],
    ['2A=1\n-=3', undefined],
  ])('%j', (text, value) => expect(parseEnv(text).get('A')).toBe(value))
})

describe('changing', () => {
  it.each([
    ['', '1', 'A=1\n'],
    ['B=2\r\nA="x"\r\n# end', '1', 'B=2\r\nA=1\n# end'],
    ['B=2', '1', 'B=2\nA=1\n'],
    ['\uFEFFA=0\n', '1', 'A=1\n'],
    ['export A=0\nA=9\n', 'a b', 'A="a b"\n'],
    ['B=2\nA=0\nC=3\n', undefined, 'B=2\nC=3\n'],
    ['B=2\n', undefined, 'B=2\n'],
  ])('%j', (text, value, changed) => expect(changeEnv(text, 'A', value)).toBe(changed))

  it('what was written is read, and what else was there is as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, value) => {
        fc.pre(!value.includes('\r'))
        const changed = changeEnv(text, 'TOKEN', value)
        expect(parseEnv(changed).get('TOKEN')).toBe(value)
        const others = (all: ReadonlyMap<string, string>) => [...all].filter(([name]) => name !== 'TOKEN')
        expect(others(parseEnv(changed))).toEqual(others(parseEnv(text)))
        expect(others(parseEnv(changeEnv(changed, 'TOKEN', undefined)))).toEqual(others(parseEnv(text)))
      }),
    )
  })
})

it('is for its owner alone, once it was read or written, also behind a link', async () => {
  await using folder = await createTempDirectory()
  const mode = async (name: string) => (await stat(join(folder.path, name))).mode & 0o777
  await writeEnvVariable(folder.path, 'A', undefined)
  await expect(stat(join(folder.path, '.env'))).rejects.toThrow('ENOENT')
  await writeEnvVariable(folder.path, 'A', '1')
  expect(await mode('.env')).toBe(0o600)
  await chmod(join(folder.path, '.env'), 0o644)
  expect((await readEnvFile(folder.path)).get('A')).toBe('1')
  expect(await mode('.env')).toBe(0o600)
  await using other = await createTempDirectory()
  await writeFile(join(other.path, 'real'), 'B=2\n')
  await symlink(join(other.path, 'real'), join(other.path, '.env'))
  await writeEnvVariable(other.path, 'A', '1')
  expect(await readFile(join(other.path, 'real'), 'utf8')).toBe('B=2\nA=1\n')
})
