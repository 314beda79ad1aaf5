/**
 * A program for the tests of installs: runs one line of `backchannel plugin` and, where `KILL_AT` says so, is killed at
 * that of its calls to the file system, before the call is made.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const [root = '', builtin = '', cwd = '', ...words] = process.argv.slice(2)
const killAt = Number(process.env['KILL_AT'] ?? Number.POSITIVE_INFINITY)
let calls = 0

/** Those that change something; every one of them is a point at which a machine can stop. */
const CHANGES = ['mkdir', 'rename', 'open', 'rm', 'rmdir', 'symlink', 'writeFile', 'unlink'] as const
const CALLBACK_CHANGES = ['open', 'write', 'fsync', 'close', 'rename', 'unlink', 'chmod', 'chown'] as const

const { runPlugin, verbPorts } = await import('../index.ts')
const { hostPaths } = await import('../../settings/paths.ts')
for (const name of CHANGES) watch(fs.promises, name)
for (const name of CALLBACK_CHANGES) watch(fs, name)
syncBuiltinESMExports()

const ports = verbPorts({
  paths: hostPaths({ BACKCHANNEL_HOME: root }, process.platform, root),
  builtin,
  cwd,
  env: process.env,
  signal: new AbortController().signal,
  progress: () => {},
})
const { ok, text } = await runPlugin(words, ports, 'backchannel plugin')
process.stdout.write(`${text}\n${calls} calls\n`)
process.exit(ok ? 0 : 1)

function watch(module: object, name: string): void {
  const call = Reflect.get(module, name) as (...args: unknown[]) => unknown
  Reflect.set(module, name, (...args: unknown[]) => {
    calls += 1
    if (calls === killAt) process.kill(process.pid, 'SIGKILL')
    return Reflect.apply(call, module, args)
  })
}
