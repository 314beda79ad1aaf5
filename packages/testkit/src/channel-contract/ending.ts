/** The end: within one second of its session, with status 0, whichever way the session ends. */
import assert from 'node:assert/strict'
import type { FakeHost } from '../fake-host/types.ts'
import type { ContractCheck } from './check.ts'
import { fillPipe } from './events.ts'

const LIMIT_MS = 1_000

const ends = (title: string, end: (host: FakeHost) => void): ContractCheck => ({
  title: `ends within one second, with status 0, ${title}`,
  timed: true,
  async run({ startRegistered }) {
    const host = await startRegistered()
    end(host)
    const { code, signal, afterMs } = await host.waitForExit()
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, `it ended wrongly. stderr:\n${host.stderr}`)
    assert.ok(afterMs <= LIMIT_MS, `it took ${Math.round(afterMs)} ms`)
  },
})

export const endingChecks: readonly ContractCheck[] = [
  ends('on the end of stdin', (host) => host.endInput()),
  ends('on the end of stdin though the host has stopped reading', (host) => {
    host.pauseReading()
    fillPipe(host)
    host.endInput()
  }),
  ends('on SIGTERM', (host) => host.kill('SIGTERM')),
  ends('on SIGINT', (host) => host.kill('SIGINT')),
  ends('when it writes to a host that has closed stdout', (host) => {
    host.closeOutput()
    host.notify('notifications/unknown')
    // The answer is what finds the pipe closed.
    host.writeRaw('{"jsonrpc":"2.0","id":"last","method":"ping"}\n')
  }),
]
