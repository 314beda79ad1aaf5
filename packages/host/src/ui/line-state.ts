/** What the lines of earlier events make known to later ones: which channel an entry became, which calls are open. */
import { entryName, parseEntry } from '@backchannel/protocol'
import type { StampedEvent } from './events.ts'
import { type Glyphs, UNICODE_GLYPHS } from './glyphs.ts'
import { sanitizeLine } from './sanitize.ts'
import { toolLabel } from './tool-label.ts'

export interface LineState {
  /** Columns that an inbound message, a tool call and its result may take; what is longer is cut. */
  readonly width: number
  readonly glyphs: Glyphs
  /** Entry to source, for every channel that was registered so far. */
  readonly sources: ReadonlyMap<string, string>
  /** Open tool calls with their label. */
  readonly calls: ReadonlyMap<string, string>
  /** Open questions: the labels of their choices, by id. */
  readonly questions: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** The call whose line came last: its result needs no name. */
  readonly lastCall: string | undefined
}

/** @param options `width` defaults to 500 columns, `glyphs` to the Unicode ones */
export function createLineState(options: { readonly width?: number; readonly glyphs?: Glyphs } = {}): LineState {
  return {
    width: options.width ?? 500,
    glyphs: options.glyphs ?? UNICODE_GLYPHS,
    sources: new Map(),
    calls: new Map(),
    questions: new Map(),
    lastCall: undefined,
  }
}

/** The state for the events after `event`. */
export function nextLineState(state: LineState, event: StampedEvent): LineState {
  switch (event.type) {
    case 'channel.registered':
      return { ...state, sources: new Map(state.sources).set(event.entry, event.source) }
    case 'tool.called': {
      const label = sanitizeLine(toolLabel(event.tool, state.sources.values()), 60)
      return { ...state, calls: new Map(state.calls).set(event.call_id, label), lastCall: event.call_id }
    }
    case 'tool.finished': {
      const calls = new Map(state.calls)
      calls.delete(event.call_id)
      return { ...state, calls }
    }
    case 'question.requested': {
      const labels = new Map(event.choices.map(({ id, label }) => [id, label]))
      return { ...state, questions: new Map(state.questions).set(event.question_id, labels) }
    }
    case 'question.resolved': {
      const questions = new Map(state.questions)
      questions.delete(event.question_id)
      return { ...state, questions }
    }
    case 'turn.finished':
      return { ...state, calls: new Map(), lastCall: undefined }
    case 'event.received':
    case 'agent.text':
      return { ...state, lastCall: undefined }
    default:
      return state
  }
}

/** A channel's short name: its source once it was registered, else the name in its entry. */
export function channelName(entry: string, sources: ReadonlyMap<string, string>): string {
  return sources.get(entry) ?? nameOf(entry)
}

function nameOf(entry: string): string {
  try {
    return entryName(parseEntry(entry))
  } catch {
    // An entry that was refused for its grammar is shown as it was typed.
    return entry
  }
}
