/** Who may start a session in which nothing asks. */
import { expect, test } from 'vitest'
import { mayBypass } from './modes.ts'

const machine = (uid: number | undefined, env: Record<string, string> = {}, files: readonly string[] = []) => ({
  uid,
  env,
  exists: (file: string) => files.includes(file),
})

test.each([
  ['a user', machine(1000), true],
  ['a system without numbers', machine(undefined), true],
  ['root', machine(0), false],
  ['root in Docker', machine(0, {}, ['/.dockerenv']), true],
  ['root in Podman', machine(0, {}, ['/run/.containerenv']), true],
  ['root in a container that says so', machine(0, { container: 'lxc' }), true],
  ['root in a pod', machine(0, { KUBERNETES_SERVICE_HOST: '10.0.0.1' }), true],
])('%s', (_, surroundings, expected) => {
  expect(mayBypass(surroundings, false)).toBe(expected)
  expect(mayBypass(surroundings, true)).toBe(true)
})
