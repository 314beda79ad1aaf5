/** `check_messages`, the tool of every channel with a journal: what waits, for a session that it does not come to by itself. */
import { renderTags } from '@backchannel/protocol'
import type { Tool } from '../define.ts'
import { labelRedelivered } from '../events/event-line.ts'
import type { Pulled } from '../events/pull.ts'

export const CHECK_MESSAGES = 'check_messages'

const AT_ONCE = 20
const MOST_AT_ONCE = 50

const DESCRIPTION = `Read events of this channel that wait. They normally come by themselves, as <channel> messages; call this when the user asks for messages, or expects one that has not come. Oldest first, ${AT_ONCE} at a time unless you set a limit. What was read is not handed out again; redelivered="true" marks an event that you may have had before.`

const INPUT = {
  type: 'object',
  properties: {
    limit: { type: 'integer', minimum: 1, maximum: MOST_AT_ONCE, description: 'The most events to read now.' },
  },
  additionalProperties: false,
} as const

/** What the agent is told of the tool beside the channel's own instructions. */
export const CHECK_INSTRUCTIONS: string = `If the user expects an event of this channel that has not come, call ${CHECK_MESSAGES}: a session that has not registered the channel gets none by itself.`

export interface CheckPorts {
  pull(most: number): Pulled
  /** The name that the session gives the channel. */
  source(): string
  /** Why its events do not reach the session, or reach it no longer; `undefined` where they do. */
  because(): string | undefined
}

export function createCheckMessages({ pull, source, because }: CheckPorts): Tool {
  return {
    name: CHECK_MESSAGES,
    description: DESCRIPTION,
    input: INPUT,
    run(input) {
      const { limit = AT_ONCE } = input as { readonly limit?: number }
      return renderPulled(pull(limit), source(), because())
    },
  }
}

export function renderPulled(pulled: Pulled, source: string, because?: string): string {
  const { events, left } = pulled
  if (events.length === 0) return [...sayNothing(pulled, source, because), ...sayHolders(pulled)].join(' ')
  const tags = events.map(({ content, meta, redelivered }) => ({
    source,
    content,
    meta: redelivered ? labelRedelivered(meta) : meta,
  }))
  const more = left === 0 ? [] : [`${left} more ${left === 1 ? 'waits' : 'wait'}: call ${CHECK_MESSAGES} again.`]
  const head = [sayCount(pulled, source), ...more, ...sayHolders(pulled)]
  return `${head.join(' ')}\n\n${renderTags(tags)}`
}

function sayCount({ events, otherwise }: Pulled, source: string): string {
  const count = `${events.length} ${events.length === 1 ? 'event' : 'events'} of ${source}`
  if (otherwise !== 'sent') return `${count} waited for a session.`
  return `${count}, sent to this session already; the host does not say whether it passed them on, so look for those you have not had.`
}

function sayNothing({ otherwise, left }: Pulled, source: string, because: string | undefined): string[] {
  if (otherwise === 'registered') {
    if (because !== undefined) return [`The session drops the events of ${source} now: ${because}.`]
    const way = left === 0 ? 'none waits' : `${left} ${left === 1 ? 'is' : 'are'} on the way or not finished`
    return [`The events of ${source} come to this session by themselves; ${way}.`]
  }
  if (otherwise === 'sent') return [`Nothing new from ${source}.`]
  const why = because === undefined ? '' : `: ${because}`
  return [`Nothing waits in ${source}. New events do not come to this session by themselves${why}.`]
}

function sayHolders({ holders }: Pulled): string[] {
  return holders.map(({ pid, since }) => `Process ${pid} has the channel since ${since}; its events go to its session.`)
}
