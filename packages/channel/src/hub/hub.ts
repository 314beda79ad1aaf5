/**
 * One account, several sessions. The first process that registers the channel holds it: connection, journal, socket. Others
 * attach to that one, and one of them takes over when it is gone.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { renderError } from '@backchannel/protocol'
import type { ChannelContext, Tool, ToolContext } from '../define.ts'
import type { Delivery } from '../events/delivery.ts'
import { UNREAD_EVENTS, WINDOW_EVENTS } from '../events/event-line.ts'
import { createOrderedId } from '../events/ordered-id.ts'
import type { Pulled } from '../events/pull.ts'
import { releaseLock, takeLock } from '../journal/lock.ts'
import type { StoredEvent } from '../journal/store.ts'
import type { Log } from '../log.ts'
import type { Relay } from '../relay/relay.ts'
import { ensureDirectory } from '../state/directory.ts'
import type { Output } from '../stdio/output.ts'
import { type Asking, createAsking, type Surface } from './asking.ts'
import { attachToHolder } from './attached.ts'
import { leftWith, othersOf } from './before.ts'
import { createHubContext, createHubNews } from './context.ts'
import { type Holding, openHolding } from './holding.ts'
import { createRelays, type RelayLink } from './relays.ts'
import { createRole } from './role.ts'
import { createDispatch, type Dispatch } from './routing/dispatch.ts'
import { openMemory, type RouteMemory } from './routing/memory.ts'
import { route } from './routing/router.ts'
import type { SessionInfo, SessionPort } from './routing/seats.ts'
import { createSessionEnd, type Outcome, type SessionEnd } from './session-end.ts'
import { KEEPER_VARIABLE, SESSION_ID_VARIABLE, sessionName } from './session-name.ts'
import { readAnnouncement } from './wire/announcement.ts'
import { ensureOwnFolder, hubFolder } from './wire/place.ts'

export interface HubOptions extends Surface {
  /** The channel's state directory, which stands for the account. */
  readonly directory: string
  /** As people call the platform. */
  readonly title: string
  /** It is held also where no lock can be kept. */
  readonly guarded: boolean
  /** The session that the channel says an event is for, from its attributes: a name or a folder. */
  wanted?(meta: StoredEvent['meta']): string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly output: Output
  readonly log: Log
  /** Whether the host of this process says what becomes of events. */
  readonly receipts: boolean
  /** Aborts when the session ends. */
  readonly signal: AbortSignal
  readonly tools: readonly Tool[]
  /** Of this session; absent where it relays nothing. */
  readonly relay: Relay | undefined
  /** What the host of a session says of an event; of the holder alone. */
  outcome(outcome: Outcome): void
  /** A tool was called with success. */
  called(tool: string): void
  /** Begins what the one holder does: its journal, by this delivery, then the channel itself. */
  hold(parts: Held): Promise<void>
  /** Resolves once the channel has begun, so that its tools can be called. */
  readonly ready: Promise<void>
}

export interface Held {
  readonly delivery: Delivery
  readonly context: Pick<ChannelContext, 'relay' | 'hub'>
  /** Call it once the journal is open, and before the channel begins. */
  share(): Promise<void>
}

export interface Hub extends Pick<Asking, 'ask' | 'resolve' | 'askQuestion' | 'resolveQuestion'> {
  /** Resolves once this process holds the account or is attached, or neither can be had in a few seconds. */
  readonly joined: Promise<void>
  /** Runs a tool where the account is. @throws what the tool throws, BackchannelError `hub-lost` */
  run(tool: Tool, input: unknown, context: ToolContext): Promise<string>
  settle: SessionEnd['settle']
  answered: SessionEnd['answered']
  pull(most: number): Pulled
  /** Whether the host lets events in, which may change; the session keeps its place and its tools. */
  takes(takes: boolean): void
  /** The process that holds the account, where this one does not. */
  holder(): { readonly pid: number; readonly keeper: boolean } | undefined
  /** Leaves; the account is given back by {@link release}. Idempotent. */
  close(): void
  release(): void
}

const LOCK = 'account'
/** Soon at first, since another process is just taking over; later at the price of opening a file. */
const FIRST_TRIES = 30
const SOON_MS = 100
const LATER_MS = 1_000
/** What the start waits for it. */
const JOIN_WAIT_MS = 5_000

export function joinHub(options: HubOptions): Hub {
  const { directory, title, env, cwd, log, signal, output } = options
  const keeper = env[KEEPER_VARIABLE] === '1'
  const info: SessionInfo = {
    id: env[SESSION_ID_VARIABLE] || randomUUID(),
    name: sessionName(env, cwd),
    pid: process.pid,
    cwd: env['CLAUDE_PROJECT_DIR'] || cwd,
  }
  const role = createRole(title)
  const links = new Map<string, RelayLink>()
  let name = info.name
  let dispatch: Dispatch | undefined
  let holding: Holding | undefined
  let memory: RouteMemory | undefined
  let takes = true
  let closed = false
  let told = ''
  const joined = Promise.withResolvers<void>()

  const say = (words: string) => {
    if (words !== told) log.info(words)
    told = words
  }
  const end = createSessionEnd({
    output,
    receipts: options.receipts,
    outcome: (outcome) => (dispatch ? dispatch.outcome(info.id, outcome) : role.attached?.outcome(outcome)),
  })
  const port: SessionPort = {
    get writable() {
      return !output.blocked
    },
    window: options.receipts ? WINDOW_EVENTS : UNREAD_EVENTS,
    offer: (event) => end.offer(event),
    group: (work) => output.group(work),
  }
  output.onWritable(() => dispatch?.pump())

  const runHere = async (tool: Tool, input: unknown, context: ToolContext, call: ToolContext['call']) => {
    await options.ready
    return tool.run(input, { ...context, ...(call ? { call } : {}) })
  }
  const byName = new Map(options.tools.map((tool) => [tool.name, tool]))

  const asking = createAsking(options, (there, here) => role.withHolder(signal, there, here))

  const hold = async (): Promise<void> => {
    if (told !== '') say(`the other session is gone; this one receives from ${title} now`)
    await ensureOwnFolder(hubFolder(directory)).catch((thrown) => log.warn(renderError(thrown)))
    const before = await readAnnouncement(directory).catch(() => undefined)
    const news = createHubNews()
    const remembered = openMemory(hubFolder(directory), log)
    memory = remembered
    const made = createDispatch({
      memory: remembered,
      ...(options.wanted ? { wanted: options.wanted } : {}),
      warn: (message) => log.warn(message),
      outcome: options.outcome,
      waits: news.waits,
      moved: news.moved,
      left: news.left,
      changed() {
        holding?.announce()
        news.changed()
      },
    })
    made.expect(othersOf(before, info.id))
    const relays = createRelays(options.relay, (place) => {
      const target = route(place, made.taking(), remembered)
      const seat = target.kind === 'session' ? made.sessions().find((one) => one.name === target.name) : undefined
      return seat?.id === info.id ? 'own' : seat && links.get(seat.id)
    })
    asking.held(relays)
    const share = async () => {
      if (!keeper) {
        name = made.attach({ ...info, name }, port, { unfinished: end.unfinished(), finished: end.finished(), takes })
      }
      holding = await openHolding({
        ...options,
        ...{ directory, keeper, dispatch: made, relays, links, log },
        call: async ({ key, again, tool, input }, session, until) => {
          const found = byName.get(tool)
          if (!found) throw new Error(`the channel here has no tool ${tool.slice(0, 80)}`)
          const context = { log, signal: AbortSignal.any([until, signal]) }
          const text = await runHere(found, input, context, { key, again, session })
          options.called(tool)
          return text
        },
      })
      for (const one of leftWith(before, made, keeper)) news.left(one)
    }
    dispatch = made
    const hub = createHubContext(made, remembered, news)
    const holds = options.hold({
      delivery: made,
      context: { ...(relays.relay ? { relay: relays.relay } : {}), hub },
      share,
    })
    role.hold()
    joined.resolve()
    await holds
  }
  const attach = async (): Promise<string> => {
    const relay = () => options.relay
    const { requests, questions } = asking
    const made = await attachToHolder({
      directory,
      info: { ...info, name },
      end,
      keeper,
      relay,
      takes: () => takes,
      requests,
      questions,
    })
    if (closed) {
      made.close()
      return 'closed'
    }
    name = made.name ?? name
    say(
      keeper
        ? `standby: another session receives from ${title} (process ${made.pid}); this process holds the account when that one ends.`
        : `standby: another session receives from ${title} (process ${made.pid}). This one is attached to it as ${name}, and takes over when it ends.`,
    )
    role.attach(made)
    joined.resolve()
    const why = await made.ended
    role.leave()
    return why
  }
  /** Whether this process has it now; `undefined` where that can't be found out. */
  const take = async (): Promise<boolean | undefined> => {
    try {
      await ensureDirectory(directory)
      return takeLock(directory, LOCK)
    } catch (thrown) {
      if (!options.guarded) say(`${title} is not listened to: ${renderError(thrown)}`)
      return undefined
    }
  }
  const live = async (): Promise<void> => {
    for (let tries = 0; !closed && !signal.aborted; tries += 1) {
      const isMine = await take()
      // A disk that takes no lock must not keep a port from answering that nothing can be stored.
      if (isMine ?? options.guarded) return await hold()
      try {
        await attach()
        tries = -1
      } catch (thrown) {
        if (tries === FIRST_TRIES) {
          say(
            `standby: another session receives from ${title}, and this one can't be attached to it: ${renderError(thrown)}`,
          )
        }
      }
      const wait = tries < 0 ? 0 : tries < FIRST_TRIES ? SOON_MS * (0.5 + Math.random()) : LATER_MS
      await sleep(wait, undefined, { signal, ref: false }).catch(() => {})
    }
  }
  setTimeout(joined.resolve, JOIN_WAIT_MS).unref()
  void live().catch((thrown) => {
    log.error(`${title} is not listened to: ${renderError(thrown)}`)
    joined.resolve()
  })

  return {
    joined: joined.promise,
    run(tool, input, context) {
      const key = createOrderedId()
      let said = 0
      return role.withHolder(
        context.signal,
        (to) => to.call({ key, again: said++ > 0, tool: tool.name, input }, context.signal),
        () => runHere(tool, input, context, { key, again: said > 0, session: name }),
      )
    },
    settle: (receipt) => end.settle(receipt),
    answered: (id) => end.answered(id),
    pull(most) {
      if (options.receipts) return { events: [], left: end.unfinished().length, otherwise: 'registered', holders: [] }
      return { ...end.pull(most), otherwise: 'sent', holders: [] }
    },
    takes(now) {
      if (takes === now || keeper) return
      takes = now
      if (dispatch) dispatch.takes(info.id, now)
      else role.attached?.takes(now)
    },
    holder: () => role.attached && { pid: role.attached.pid, keeper: role.attached.isKept },
    ask: asking.ask,
    resolve: asking.resolve,
    askQuestion: asking.askQuestion,
    resolveQuestion: asking.resolveQuestion,
    close() {
      if (closed) return
      closed = true
      role.attached?.close()
      holding?.close()
      dispatch?.close()
      end.close()
    },
    release() {
      memory?.close()
      if (dispatch) releaseLock(directory, LOCK)
    },
  }
}
