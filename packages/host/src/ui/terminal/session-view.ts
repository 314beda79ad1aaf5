/** What the terminal shows of a session, built from its events: transcript blocks, the running turn, the channels. */
import type { StampedEvent } from '../events.ts'
import type { Glyphs } from '../glyphs.ts'
import { channelName, createLineState, type LineState, nextLineState } from '../line-state.ts'
import { type Line, renderLines } from '../lines.ts'
import { sanitizeLine } from '../sanitize.ts'

export type ChannelMark = 'registered' | 'restarting' | 'refused' | 'closed'

export interface ChannelView {
  readonly entry: string
  readonly name: string
  readonly mark: ChannelMark
}

export interface Banner {
  readonly agent: string
  readonly cwd: string
  readonly permissionMode: string
}

/** Lines that belong together, printed once. */
export interface Block {
  /** An empty line before it. */
  readonly gap: boolean
  readonly content: readonly Line[] | Banner
}

export interface RunningTurn {
  readonly turn: number
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly startedAt: number
  /** Where the turn came from: `fakechat · web`; absent for a prompt of the operator. */
  readonly origin: string | undefined
}

export interface SessionView {
  readonly lines: LineState
  readonly channels: readonly ChannelView[]
  readonly turn: RunningTurn | undefined
  /** Prompts that were typed and wait for their turn. */
  readonly waiting: readonly string[]
  /** Origins of events that no turn has taken up yet, by their id. */
  readonly origins: ReadonlyMap<string, string>
  readonly ended: boolean
  /** The last event that made a block, for the empty lines between blocks. */
  readonly last: StampedEvent['type'] | undefined
}

/** Events whose turn never came are forgotten beyond this. */
const ORIGINS_KEPT = 1_000
/** An inbound message, a call or a result may take this many rows before it is cut. */
const INBOUND_ROWS = 3

export function createSessionView(glyphs: Glyphs): SessionView {
  return {
    lines: createLineState({ glyphs }),
    channels: [],
    turn: undefined,
    waiting: [],
    origins: new Map(),
    ended: false,
    last: undefined,
  }
}

/** @returns the view after `event`, and the block that it adds to the transcript, if any */
export function reduceSession(
  view: SessionView,
  event: StampedEvent,
  terminal: { readonly columns: number; readonly now: number },
): { readonly view: SessionView; readonly block?: Block } {
  const lines = { ...view.lines, width: lineWidth(terminal.columns) }
  const content = event.type === 'session.started' ? bannerOf(event) : renderLines(event, lines)
  const next = { ...track(view, event, terminal.now), lines: nextLineState(lines, event) }
  if ('length' in content && content.length === 0) return { view: next }
  return { view: { ...next, last: event.type }, block: { gap: needsGap(event.type, view.last), content } }
}

/** A little less than the rows hold, for what wrapping at words leaves free. */
function lineWidth(columns: number): number {
  return Math.max(60, (columns - 2) * INBOUND_ROWS - 12)
}

function bannerOf({ agent, cwd, permission_mode }: Extract<StampedEvent, { type: 'session.started' }>): Banner {
  return {
    agent: sanitizeLine(agent, 200),
    cwd: sanitizeLine(cwd, 1_000),
    permissionMode: sanitizeLine(permission_mode, 60),
  }
}

function track(view: SessionView, event: StampedEvent, now: number): SessionView {
  switch (event.type) {
    case 'channel.registered':
      return withChannel(view, event.entry, event.source, 'registered')
    case 'channel.refused':
      return withChannel(view, event.entry, channelName(event.entry, view.lines.sources), 'refused')
    case 'channel.closed': {
      const name = channelName(event.entry, view.lines.sources)
      return withChannel(view, event.entry, name, event.restarting ? 'restarting' : 'closed')
    }
    case 'event.received': {
      const user = event.meta['user']
      const { separator } = view.lines.glyphs
      const origin = user ? `${event.source} ${separator} ${user}` : event.source
      const kept = [...view.origins].slice(1 - ORIGINS_KEPT)
      return { ...view, origins: new Map([...kept, [event.event_id, sanitizeLine(origin, 60)]]) }
    }
    case 'turn.started': {
      const origins = new Map(view.origins)
      const taken = event.event_ids.map((id) => origins.get(id))
      for (const id of event.event_ids) origins.delete(id)
      const turn = { turn: event.turn, startedAt: now, origin: taken.find((origin) => origin !== undefined) }
      const waiting = event.event_ids.length > 0 ? view.waiting : withoutPrompt(view.waiting, event.input)
      return { ...view, origins, turn, waiting }
    }
    case 'turn.finished':
      return { ...view, turn: undefined }
    case 'session.ended':
      return { ...view, turn: undefined, ended: true }
    default:
      return view
  }
}

function withChannel(view: SessionView, entry: string, name: string, mark: ChannelMark): SessionView {
  const channel = { entry, name: sanitizeLine(name, 40), mark }
  const known = view.channels.some((other) => other.entry === entry)
  const channels = known
    ? view.channels.map((other) => (other.entry === entry ? channel : other))
    : [...view.channels, channel]
  return { ...view, channels }
}

/** The prompt with that text has its turn; prompts that came from elsewhere leave the list as it is. */
function withoutPrompt(waiting: readonly string[], input: string): readonly string[] {
  const at = waiting.indexOf(input)
  return at === -1 ? waiting : waiting.toSpliced(at, 1)
}

const NOTES: ReadonlySet<StampedEvent['type']> = new Set([
  'notice',
  'channel.registered',
  'channel.refused',
  'channel.closed',
  'event.dropped',
])

/** Results stay with their call, and notes with each other. */
function needsGap(type: StampedEvent['type'], last: StampedEvent['type'] | undefined): boolean {
  if (type === 'tool.finished' || type.endsWith('.resolved')) return false
  if (type === 'turn.finished') return false
  return last === undefined || !(NOTES.has(type) && NOTES.has(last))
}
