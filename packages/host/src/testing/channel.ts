/** One server of a session for tests, closed when the test has ended. */
import { onTestFinished } from 'vitest'
import { type Channel, createChannel } from '../channels/channel.ts'
import type { ServerCommand } from '../channels/process.ts'
import { createPlan, createPorts, type TestPorts } from './channel-ports.ts'

/** Starts it as `server:test`, registered unless `ports` say otherwise. */
export function openChannel(command: ServerCommand, ports: TestPorts = createPorts(), named = true): Channel {
  const channel = createChannel(createPlan(command, 'server:test', named), ports)
  onTestFinished(() => channel.close())
  return channel
}

/** The process id that `crashes-after` gives in its event. */
export async function pidOf({ recorder }: TestPorts, event = 1): Promise<number> {
  const { content } = await recorder.wait('event.received', event)
  return Number(/\d+/.exec(content)?.[0])
}

/** For calls that nobody cancels. */
export const NEVER: AbortSignal = new AbortController().signal
