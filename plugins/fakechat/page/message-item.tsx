/** One message: what it answers, its text, its files, its time and what became of it. All text is set as text, or as the few elements of Markdown. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { Client } from './client.ts'
import { DeliveryNote } from './delivery-note.tsx'
import { type Entry, isUnsent } from './entry.ts'
import { FileList } from './file-list.tsx'
import { renderFullTime, renderSnippet, renderTime } from './format.ts'
import { ReplyIcon } from './icons.tsx'
import { Markdown } from './markdown/markdown.tsx'

/** A longer text is shown in part first: a megabyte of it would freeze a phone. */
const SHOWN_LENGTH = 20_000

export interface MessageItemProps {
  readonly entry: Entry
  /** It follows one of the same side; together they are a group. */
  readonly continues: boolean
  /** Another one follows, which has the time of the group. */
  readonly isContinued: boolean
  readonly client: Client
}

export function MessageItem({ entry, continues, isContinued, client }: MessageItemProps): JSX.Element {
  const { from, text, ts, files, edited, delivery } = entry
  return (
    <li
      id={`message-${entry.id}`}
      tabIndex={-1}
      class={`message ${from}${continues ? ' grouped' : ''}${isUnsent(entry) ? ' pending' : ''}`}
    >
      <span class="visually-hidden">{from === 'user' ? 'You: ' : 'Agent: '}</span>
      <div class="bubble">
        {entry.replyTo !== undefined && <Quote id={entry.replyTo} client={client} />}
        {text !== '' && <Text text={text} isMarkdown={from === 'assistant'} />}
        {files.length > 0 && <FileList entry={entry} client={client} />}
      </div>
      {(!isContinued || edited || delivery) && (
        <p class="meta">
          <time dateTime={new Date(ts).toISOString()} title={renderFullTime(ts)}>
            {renderTime(ts)}
          </time>
          {edited && <span class="edited">(edited)</span>}
          {delivery && <DeliveryNote entry={entry} delivery={delivery} client={client} />}
        </p>
      )}
    </li>
  )
}

function Text({ text, isMarkdown }: { readonly text: string; readonly isMarkdown: boolean }): JSX.Element {
  const isOpen = useSignal(false)
  const open = () => {
    isOpen.value = true
  }
  const isShort = text.length <= SHOWN_LENGTH || isOpen.value
  const shown = isShort ? text : `${text.slice(0, SHOWN_LENGTH).toWellFormed()}…`
  return (
    <>
      {isMarkdown ? <Markdown text={shown} /> : <div class="text">{shown}</div>}
      {!isShort && (
        <button type="button" class="link" onClick={open}>
          Show all {text.length.toLocaleString()} characters
        </button>
      )}
    </>
  )
}

function Quote({ id, client }: { readonly id: string; readonly client: Client }): JSX.Element | null {
  const quoted = client.store.find(id)
  if (!quoted) return null
  const snippet = quoted.text === '' ? quoted.files.map(({ name }) => name).join(', ') : quoted.text
  return (
    <button type="button" class="quote" onClick={() => showMessage(id)} aria-label="Show the message this answers">
      <ReplyIcon />
      <span>{renderSnippet(snippet)}</span>
    </button>
  )
}

function showMessage(id: string): void {
  const element = document.getElementById(`message-${id}`)
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches
  element?.scrollIntoView({ block: 'center', behavior: isCalm ? 'auto' : 'smooth' })
  element?.focus({ preventScroll: true })
  if (!isCalm) element?.animate([{ opacity: 0.35 }, { opacity: 1 }], 900)
}
