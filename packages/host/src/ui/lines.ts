/** What people see of a session, event by event: pure, shared by the plain and the terminal renderer. */
import { DROP_REASONS } from '@backchannel/protocol'
import type { NoticeLevel, StampedEvent } from './events.ts'
import { channelName, type LineState } from './line-state.ts'
import { sanitizeLine, sanitizeText } from './sanitize.ts'
import { toolArguments, toolLabel } from './tool-label.ts'
import { textWidth } from './width.ts'

export type Tone =
  | 'inbound'
  | 'prompt'
  | 'call'
  | 'result'
  | 'failure'
  | 'agent'
  | 'good'
  | 'info'
  | 'warning'
  | 'error'
  | 'quiet'

/** One line: `mark` and `text` beside each other; where text wraps, it goes on below itself, not below the mark. */
export interface Line {
  readonly tone: Tone
  /** With the space after it. */
  readonly mark: string
  /** Sanitised: no newline, no control character. */
  readonly text: string
}

/** @returns the lines of an event; none for what people need not see (a turn that simply ended). */
export function renderLines(event: StampedEvent, state: LineState): readonly Line[] {
  const { glyphs, width, sources } = state
  const line = (tone: Tone, glyph: string, text: string, columns = LONGEST_LINE): Line[] => {
    const mark = `${glyph} `
    return [{ tone, mark, text: sanitizeLine(text, columns - textWidth(mark)) }]
  }

  switch (event.type) {
    case 'session.started': {
      const mode = event.permission_mode === 'default' ? '' : `, permission mode ${event.permission_mode}`
      return line(
        'good',
        glyphs.on,
        `Backchannel session ${event.session_id}: agent ${event.agent} in ${event.cwd}${mode}`,
      )
    }
    case 'channel.registered': {
      const again = sources.has(event.entry) ? 'registered again; ' : ''
      const text = `${event.source}: ${again}messages from ${event.entry} inject directly in this session; restart without the flag to stop.`
      return line('good', glyphs.on, text)
    }
    case 'channel.refused':
      return line('error', glyphs.failed, `${event.entry} was refused (${event.reason}): ${event.message}`)
    case 'channel.closed': {
      const next = event.restarting ? '; starting it again.' : '.'
      return line('warning', glyphs.off, `${channelName(event.entry, sources)} stopped (${event.reason})${next}`)
    }
    case 'event.received':
      return line('inbound', glyphs.inbound, `${sender(event, state)}: ${event.content}`, width)
    case 'event.dropped': {
      const events = event.count === 1 ? '1 event' : `${event.count} events`
      const why = `${event.reason}: ${DROP_REASONS[event.reason] ?? 'no further reason is known'}`
      return line('warning', glyphs.warning, `${event.source}: ${events} dropped (${why})`)
    }
    case 'turn.started':
      return event.event_ids.length > 0 ? [] : block('prompt', `${glyphs.prompt} `, event.input)
    case 'agent.text':
      return block('agent', `${glyphs.block} `, event.text)
    case 'tool.called': {
      const label = toolLabel(event.tool, sources.values())
      const given = toolArguments(event.tool, event.input)
      return line('call', glyphs.block, given === '' ? label : `${label} (${given})`, width)
    }
    case 'tool.finished': {
      const name = event.call_id === state.lastCall ? undefined : state.calls.get(event.call_id)
      const text = event.summary.trim() === '' ? (event.ok ? 'done' : 'failed') : event.summary
      const tone = event.ok ? 'result' : 'failure'
      return line(tone, `  ${glyphs.result}`, name === undefined ? text : `${name}: ${text}`, width)
    }
    case 'permission.requested':
      return [
        ...line('warning', glyphs.question, `${event.tool_name}: ${event.description}${askedIn(event.relayed_to)}`),
        ...(event.input_preview === ''
          ? []
          : line('result', `  ${glyphs.result}`, event.input_preview, LONGEST_PREVIEW)),
      ]
    case 'permission.resolved':
      return line(
        event.behavior === 'allow' ? 'result' : 'failure',
        `  ${glyphs.result}`,
        verdict(event.behavior, event.by),
      )
    case 'question.requested':
      return [
        ...block('warning', `${glyphs.question} `, `${event.text}${askedIn(event.relayed_to)}`),
        ...event.choices.flatMap(({ label }, index) => line('info', `  ${index + 1}.`, label)),
      ]
    case 'question.resolved': {
      if (event.outcome !== 'answered') return line('failure', `  ${glyphs.result}`, `${event.outcome} (${event.by})`)
      const labels = state.questions.get(event.question_id)
      const taken = event.choices.map((id) => labels?.get(id) ?? id)
      const words = event.text === undefined ? [] : [event.text]
      return line('result', `  ${glyphs.result}`, `answered by ${event.by}: ${[...taken, ...words].join(', ')}`)
    }
    case 'turn.finished':
      if (event.outcome === 'completed') return []
      if (event.outcome === 'interrupted') return line('failure', `  ${glyphs.result}`, 'interrupted')
      return line('error', glyphs.failed, `The turn failed: ${event.error ?? 'the agent gave no reason'}`)
    case 'notice':
      return block(NOTICE_TONES[event.level], `${noticeGlyph(event.level, state)} `, event.message)
    case 'session.ended':
      return line('quiet', glyphs.off, `Session ended: ${event.reason}`)
  }
}

/** Columns of every other line; it wraps, and only a flood in it is cut. */
const LONGEST_LINE = 2_000
/** What would run is printed whole: a preview is bounded already, and its end may be what matters. */
const LONGEST_PREVIEW = 100_000

const NOTICE_TONES: Readonly<Record<NoticeLevel, Tone>> = { info: 'info', warning: 'warning', error: 'error' }

function noticeGlyph(level: NoticeLevel, { glyphs }: LineState): string {
  if (level === 'error') return glyphs.failed
  return level === 'warning' ? glyphs.warning : glyphs.info
}

/** Every line of a text, whole; the first has the mark, the others are indented below it. */
function block(tone: Tone, mark: string, text: string): readonly Line[] {
  const lines = sanitizeText(text)
    .trimEnd()
    .replace(/^(?: *\n)+/, '')
    .split('\n')
  return lines.map((part, index) => ({ tone, mark: index === 0 ? mark : ' '.repeat(textWidth(mark)), text: part }))
}

/** `fakechat · web`, or the source alone where the channel names no user. */
function sender(event: Extract<StampedEvent, { type: 'event.received' }>, { glyphs }: LineState): string {
  const user = sanitizeLine(event.meta['user'] ?? '', 60).trim()
  return user === '' ? event.source : `${event.source} ${glyphs.separator} ${user}`
}

function askedIn(sources: readonly string[]): string {
  return sources.length === 0 ? '' : ` (also asked in ${sources.join(', ')})`
}

function verdict(behavior: 'allow' | 'deny' | 'expired' | 'cancelled', by: string): string {
  if (behavior === 'expired' || behavior === 'cancelled') return behavior
  return `${behavior === 'allow' ? 'allowed' : 'denied'} by ${by}`
}
