/** One check of the platform contract, independent of any test runner, and what it is given to run on. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assertNothingStray } from '../channel-contract/check.ts'
import { backchannelCapabilities } from '../fake-host/capabilities.ts'
import { startFakeHost } from '../fake-host/start.ts'
import type { FakeHost, ReceivedEvent } from '../fake-host/types.ts'
import type { Runtime } from '../runtime.ts'
import { createTempDirectory } from '../temp.ts'
import { staysTrue, waitFor } from '../wait.ts'
import type { FakeLimits, FakePlatform, FakeSent, FakeWrite, PlatformDescriptor } from './descriptor.ts'

export interface PlatformCheck {
  /** Completes "the channel …". */
  readonly title: string
  /** What it shows a channel to be free of: faults that chat channels are known for, by their ids. */
  readonly faults?: readonly string[]
  /** What of the platform it needs. */
  readonly needs?: keyof FakeLimits
  run(subject: PlatformSubject): Promise<void>
}

/** A running channel with a platform of its own; each check has one. */
export interface PlatformSubject {
  readonly descriptor: PlatformDescriptor
  readonly fake: FakePlatform
  /** The channel's state directory. */
  readonly directory: string
  /** The channel that runs now. */
  readonly host: FakeHost
  /** Another session with the same channel, at the same time. */
  startSecond(env?: Readonly<Record<string, string>>): Promise<FakeHost>
  /** Kills the channel and starts it again, as a crash would have it. */
  crash(): Promise<FakeHost>
  /** Changes `access.json`, as an operator does. */
  setAccess(change: Readonly<Record<string, unknown>>): Promise<void>
  /** Writes as the owner unless told otherwise. @returns the message's id */
  write(text: string, more?: Partial<FakeWrite>): Promise<string>
  nextEvent(content: string): Promise<ReceivedEvent>
  /** The text that a tool answered with, and whether it was an error. */
  call(name: string, input: object): Promise<{ readonly text: string; readonly isError: boolean }>
  /** Waits until it is so. */
  until(what: string, condition: () => boolean): Promise<unknown>
  /** Waits until the channel has sent so many messages to a chat. */
  untilSent(chat: string, count: number): Promise<readonly FakeSent[]>
  /** Waits until so many events have come. @throws AssertionError if they are others, or more come a little later */
  eventsStay(contents: readonly string[]): Promise<void>
}

/** How long what must happen is waited for, in milliseconds: machines that test have other things to do. */
const WAIT_MS = 20_000
/** How long something that must not happen is looked for, in milliseconds. */
const LOOK_MS = 80

/** @param timeoutMs how long a check waits for what must happen; default 20,000. The caller calls `close`. */
export async function startPlatformSubject(
  descriptor: PlatformDescriptor,
  runtime: Runtime,
  timeoutMs: number = WAIT_MS,
): Promise<PlatformSubject & { close(): Promise<void> }> {
  const folder = await createTempDirectory('backchannel-platform-')
  const directory = folder.path
  const hosts: FakeHost[] = []
  const { owner, friend } = descriptor.people
  let access: Record<string, unknown> = {
    dmPolicy: 'pairing',
    allowFrom: [owner.id, friend.id],
    groups: {},
    pending: {},
  }
  const write = () => writeFile(join(directory, 'access.json'), `${JSON.stringify(access, null, 2)}\n`, { mode: 0o600 })
  await write()
  const approvers = { relay: 'origin', approvers: [{ sender: owner.id, chat: owner.chat }] }
  await writeFile(join(directory, 'approvers.json'), JSON.stringify(approvers), { mode: 0o600 })
  const fake = await descriptor.start()
  const start = async (env: Readonly<Record<string, string>> = {}): Promise<FakeHost> => {
    const command = await descriptor.command(runtime, fake, directory)
    const host = await startFakeHost({
      ...command,
      env: { ...command.env, ...env },
      capabilities: backchannelCapabilities(['receipts', 'origin', 'questions', 'control', 'access']),
      register: true,
      timeoutMs: WAIT_MS,
    })
    hosts.push(host)
    return host
  }
  let host: FakeHost
  try {
    host = await start()
    await waitFor(() => fake.receivers() > 0, { what: 'the channel to receive' })
  } catch (thrown) {
    await Promise.allSettled(hosts.map((one) => one.close()))
    await fake.close()
    await folder.remove()
    throw thrown
  }

  return {
    descriptor,
    fake,
    directory,
    get host() {
      return host
    },
    startSecond: start,
    async crash() {
      host.kill('SIGKILL')
      await host.waitForExit()
      host = await start()
      return host
    },
    async setAccess(change) {
      access = { ...access, ...change }
      await write()
    },
    write: (text, more = {}) => fake.write({ chat: owner.chat, sender: owner, text, ...more }),
    nextEvent: (content) => host.nextEvent((event) => event.content === content, { timeoutMs }),
    until: (what, condition) => waitFor(condition, { what, timeoutMs }),
    async call(name, input) {
      const { content, isError = false } = await host.callTool(name, input)
      return { text: content[0]?.text ?? '', isError }
    },
    async untilSent(chat, count) {
      await waitFor(() => fake.sent(chat).length >= count, { what: `${count} messages in chat ${chat}`, timeoutMs })
      return fake.sent(chat)
    },
    async eventsStay(contents) {
      // Where fewer come, the comparison says which.
      await waitFor(() => host.events.length >= contents.length, { what: 'the events', timeoutMs }).catch(() => {})
      const isSo = () => host.events.every((event) => contents.includes(event.content))
      await staysTrue(isSo, LOOK_MS)
      assert.deepEqual(
        host.events.map(({ content }) => content),
        contents,
      )
    },
    async close() {
      await Promise.allSettled(hosts.map((one) => one.close()))
      await fake.close()
      await folder.remove()
      assertNothingStray(host)
    },
  }
}
