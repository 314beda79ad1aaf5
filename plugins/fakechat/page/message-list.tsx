/** The messages, which stay at the newest one as long as the person is there. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Client } from './client.ts'
import { renderDay } from './format.ts'
import { ChatIcon, DownIcon } from './icons.tsx'
import { MessageItem } from './message-item.tsx'
import type { Entry } from './store.ts'

/** So far from the end still counts as being there. */
const NEAR_END_PX = 80
/** Messages this close are shown as one group. */
const GROUP_MS = 2 * 60 * 1000

export interface MessageListProps {
  readonly client: Client
  /** The person wants to use an example. */
  readonly onSuggest: (text: string) => void
}

export function MessageList({ client, onSuggest }: MessageListProps): JSX.Element {
  const { entries, working } = client.store
  const scroller = useRef<HTMLElement>(null)
  const atEnd = useRef(true)
  const missed = useSignal(0)
  const count = useRef(0)
  const top = useRef(0)
  const list = entries.value

  const toEnd = () => {
    const element = scroller.current
    if (element) element.scrollTop = element.scrollHeight
    missed.value = 0
  }
  const onScroll = () => {
    const element = scroller.current
    if (!element) return
    // Only a move upwards leaves the end: content that grows meanwhile is no wish of the person.
    const isNear = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX
    atEnd.current = isNear || (atEnd.current && element.scrollTop >= top.current)
    top.current = element.scrollTop
    if (isNear) missed.value = 0
  }
  useLayoutEffect(() => {
    const added = list.length - count.current
    count.current = list.length
    // Whoever has just written wants to see it, wherever they were.
    if (added > 0 && isOwn(list.at(-1))) atEnd.current = true
    if (atEnd.current) toEnd()
    else if (added > 0) missed.value += added
  }, [list, working.value])
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    // Pictures that load and a keyboard that opens change the height.
    const observer = new ResizeObserver(() => atEnd.current && toEnd())
    observer.observe(element)
    if (element.firstElementChild) observer.observe(element.firstElementChild)
    return () => observer.disconnect()
  }, [])

  return (
    <main class="log" ref={scroller} onScroll={onScroll}>
      <div class="log-inner">
        {list.length === 0 && <Welcome onSuggest={onSuggest} />}
        <div role="log" aria-live="polite" aria-relevant="additions text" aria-label="Messages">
          <ol>
            {list.map((entry, at) => (
              <Row key={entry.id} entry={entry} before={list[at - 1]} after={list[at + 1]} client={client} />
            ))}
          </ol>
        </div>
        {working.value && (
          <p class="typing" aria-hidden="true">
            <span />
            <span />
            <span />
          </p>
        )}
      </div>
      {missed.value > 0 && (
        <button type="button" class="jump" onClick={toEnd}>
          <DownIcon />
          {missed.value === 1 ? '1 new message' : `${missed.value} new messages`}
        </button>
      )}
    </main>
  )
}

/** Written here and just now: those of other pages arrive as sent. */
function isOwn(entry: Entry | undefined): boolean {
  const kind = entry?.delivery?.kind
  return kind === 'waiting' || kind === 'sending' || kind === 'unsent'
}

interface RowProps {
  readonly entry: Entry
  readonly before: Entry | undefined
  readonly after: Entry | undefined
  readonly client: Client
}

function Row({ entry, before, after, client }: RowProps): JSX.Element {
  const isNewDay = before !== undefined && !isSameDay(before, entry)
  return (
    <>
      {isNewDay && <li class="day">{renderDay(entry.ts)}</li>}
      <MessageItem
        entry={entry}
        continues={before !== undefined && isGroup(before, entry)}
        isContinued={after !== undefined && isGroup(entry, after)}
        client={client}
      />
    </>
  )
}

function isGroup(first: Entry, second: Entry): boolean {
  return first.from === second.from && second.ts - first.ts < GROUP_MS && isSameDay(first, second)
}

function isSameDay(first: Entry, second: Entry): boolean {
  return new Date(first.ts).toDateString() === new Date(second.ts).toDateString()
}

const SUGGESTION = "what's in my working directory?"

function Welcome({ onSuggest }: { readonly onSuggest: (text: string) => void }): JSX.Element {
  return (
    <section class="welcome">
      <span class="welcome-icon">
        <ChatIcon />
      </span>
      <h2>Talk to your session</h2>
      <p>What you write here arrives in the running agent session as a channel event. Its answers appear here.</p>
      <button type="button" class="suggestion" onClick={() => onSuggest(SUGGESTION)}>
        {SUGGESTION}
      </button>
    </section>
  )
}
