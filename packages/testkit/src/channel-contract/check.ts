/** One check of the contract, independent of any test runner, and what it is given to run on. */
import assert from 'node:assert/strict'
import { backchannelCapabilities } from '../fake-host/capabilities.ts'
import { startFakeHost } from '../fake-host/start.ts'
import type { FakeHost, FakeHostOptions } from '../fake-host/types.ts'
import type { Runtime } from '../runtime.ts'
import { waitFor } from '../wait.ts'
import type { ChannelDescriptor } from './descriptor.ts'

export interface ContractCheck {
  /** Completes "the channel …". */
  readonly title: string
  /** Default: both. */
  readonly only?: 'one-way' | 'two-way'
  /** What the descriptor must have for the check to run; it is skipped, visibly, without. */
  readonly needs?: readonly ('inject' | 'quietUntilRegistered')[]
  /** Measures time, which a busy machine can spoil: a failure is looked at once more. */
  readonly timed?: boolean
  run(subject: Subject): Promise<void>
}

/** The channel under test on one runtime. Hosts started here are closed, and their stdout judged, after the check. */
export interface Subject {
  readonly descriptor: ChannelDescriptor
  start(options?: HostOptions): Promise<FakeHost>
  /** A host with receipts that has registered the channel, and the channel has started. */
  startRegistered(): Promise<FakeHost>
}

export type HostOptions = Omit<FakeHostOptions, 'command' | 'args' | 'cwd' | 'env'>

/** Client capabilities of a host with receipts. */
export const RECEIPTS: object = backchannelCapabilities(['receipts'])

/** Runs one check and leaves nothing behind. @throws AssertionError and others, where the channel fails it. */
export async function runCheck(check: ContractCheck, descriptor: ChannelDescriptor, runtime: Runtime): Promise<void> {
  const hosts: FakeHost[] = []
  const start = async (options: HostOptions = {}): Promise<FakeHost> => {
    const host = await startFakeHost({ ...(await descriptor.command(runtime)), ...options })
    hosts.push(host)
    return host
  }
  const startRegistered = async () => {
    const host = await start({ capabilities: RECEIPTS, register: true })
    await waitUntilStarted(descriptor, host)
    return host
  }
  try {
    await check.run({ descriptor, start, startRegistered })
    for (const host of hosts) assertNothingStray(host)
  } finally {
    for (const host of hosts) await host.close()
  }
}

/** Whether the check is for a channel like this at all. */
export function applies(check: ContractCheck, descriptor: ChannelDescriptor): boolean {
  if (check.only === undefined) return true
  return check.only === (descriptor.twoWay === undefined ? 'one-way' : 'two-way')
}

/** What the descriptor lacks for the check to run. */
export function missing(check: ContractCheck, descriptor: ChannelDescriptor): string[] {
  return (check.needs ?? []).filter((name) => descriptor[name] === undefined)
}

/** As far as the descriptor lets one see it: the channel is no longer quiet, or else has answered a ping. */
export async function waitUntilStarted(descriptor: ChannelDescriptor, host: FakeHost): Promise<void> {
  await host.request('ping')
  if (descriptor.quietUntilRegistered === undefined) return
  await waitFor(async () => !(await descriptor.quietUntilRegistered?.(host)), {
    what: 'the channel to start (quietUntilRegistered to turn false)',
  })
}

export function assertNothingStray(host: FakeHost): void {
  const stray = host.strayLines.map((line) => JSON.stringify(line.slice(0, 200)))
  assert.equal(stray.length, 0, `stdout holds ${stray.length} line(s) that are not JSON-RPC 2.0: ${stray.slice(0, 5)}`)
}
