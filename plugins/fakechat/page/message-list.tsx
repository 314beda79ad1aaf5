/** The messages, in groups and days. */
import type { JSX } from 'preact'
import type { Client } from './client.ts'
import type { Entry } from './entry.ts'
import { renderDay } from './format.ts'
import { ChatIcon, DownIcon } from './icons.tsx'
import { MessageItem } from './message-item.tsx'
import { useReadingPlace } from './use-reading-place.ts'

/** Messages this close are shown as one group. */
const GROUP_MS = 2 * 60 * 1000

export interface MessageListProps {
  readonly client: Client
  /** The person wants to use an example. */
  readonly onSuggest: (text: string) => void
}

export function MessageList({ client, onSuggest }: MessageListProps): JSX.Element {
  const { entries, working, older, connection } = client.store
  const list = entries.value
  const { scroller, onScroll, toEnd, missed } = useReadingPlace(list, working.value, client.loadOlder)
  const isEmpty = list.length === 0 && connection.value.kind !== 'connecting'

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <main class="log" ref={scroller} onScroll={onScroll} tabIndex={0} aria-label="Conversation">
      <div class="log-inner">
        {isEmpty && <Welcome onSuggest={onSuggest} />}
        {older.value !== 'none' && (
          <button type="button" class="earlier" aria-disabled={older.value === 'loading'} onClick={client.loadOlder}>
            {older.value === 'loading' ? 'Loading…' : 'Show older messages'}
          </button>
        )}
        {/* What is new is said by the announcer. */}
        <div role="log" aria-live="off" aria-label="Messages" aria-busy={older.value === 'loading'}>
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

interface RowProps {
  readonly entry: Entry
  readonly before: Entry | undefined
  readonly after: Entry | undefined
  readonly client: Client
}

function Row({ entry, before, after, client }: RowProps): JSX.Element {
  const isNewDay = before === undefined ? !isToday(entry) : !isSameDay(before, entry)
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

function isToday({ ts }: Entry): boolean {
  return new Date(ts).toDateString() === new Date().toDateString()
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
