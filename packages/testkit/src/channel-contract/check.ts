/** One check of the contract, independent of any test runner, and what it is given to run on. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { backchannelCapabilities } from '../fake-host/capabilities.ts'
import { startFakeHost } from '../fake-host/start.ts'
import type { FakeHost, FakeHostOptions } from '../fake-host/types.ts'
import type { Runtime } from '../runtime.ts'
import { createTempDirectory, type TempDirectory } from '../temp.ts'
import { waitFor } from '../wait.ts'
import type { ChannelCommand, ChannelDescriptor } from './descriptor.ts'

/** `toolless` has no tools at all; `two-way` a tool that answers; `journaled` a journal, and with it `check_messages`. */
export type ChannelKind = 'toolless' | 'two-way' | 'journaled'

export interface ContractCheck {
  /** Completes "the channel …". */
  readonly title: string
  /** Which channels it is for; default: all. */
  readonly only?: ChannelKind
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
  /** Gives what starts the channel again and again with one home and one set of files; end each before the next. */
  startWithOneState(): Promise<(options?: HostOptions) => Promise<FakeHost>>
}

export type HostOptions = Omit<FakeHostOptions, 'command' | 'args' | 'cwd' | 'env'>

/** Client capabilities of a host with receipts. */
export const RECEIPTS: object = backchannelCapabilities(['receipts'])

/** Runs one check and leaves nothing behind. @throws AssertionError and others, where the channel fails it. */
export async function runCheck(check: ContractCheck, descriptor: ChannelDescriptor, runtime: Runtime): Promise<void> {
  const hosts: FakeHost[] = []
  const homes: TempDirectory[] = []
  const startCommand = async (command: ChannelCommand, options: HostOptions): Promise<FakeHost> => {
    const host = await startFakeHost({ ...command, ...options })
    hosts.push(host)
    return host
  }
  const start = async (options: HostOptions = {}) => startCommand(await descriptor.command(runtime), options)
  const startWithOneState = async () => {
    const home = await createTempDirectory('backchannel-home-')
    homes.push(home)
    const command = await descriptor.command(runtime)
    const env = { HOME: home.path, CLAUDE_CONFIG_DIR: join(home.path, '.claude'), ...command.env }
    return (options: HostOptions = {}) => startCommand({ ...command, env }, options)
  }
  const startRegistered = async () => {
    const host = await start({ capabilities: RECEIPTS, register: true })
    await waitUntilStarted(descriptor, host)
    return host
  }
  try {
    await check.run({ descriptor, start, startRegistered, startWithOneState })
    for (const host of hosts) assertNothingStray(host)
  } finally {
    for (const host of hosts) await host.close()
    for (const home of homes) await home.remove()
  }
}

/** Whether the check is for a channel like this at all. */
export function applies(check: ContractCheck, descriptor: ChannelDescriptor): boolean {
  const isTwoWay = descriptor.twoWay !== undefined
  const isJournaled = descriptor.journal === true
  const kinds: Record<ChannelKind, boolean> = {
    toolless: !isTwoWay && !isJournaled,
    'two-way': isTwoWay,
    journaled: isJournaled,
  }
  return check.only === undefined || kinds[check.only]
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
