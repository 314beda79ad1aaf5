/** Where the person writes: Enter sends, Shift+Enter starts a new line; files by button, by dropping or by pasting. */
import { useSignal, useSignalEffect } from '@preact/signals'
import type { JSX, RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { FILE_COUNT_LIMIT } from '../src/wire.ts'
import { admitFiles, Chips } from './chips.tsx'
import type { Client } from './client.ts'
import { isUnsent } from './entry.ts'
import { AttachIcon, SendIcon } from './icons.tsx'

/** What the rest of the page may ask of the composer. */
export interface ComposerHandle {
  /** @param folders names of what was dropped with them and can't be sent */
  attach(files: readonly File[], folders?: readonly string[]): void
  /** Puts a text in, for the person to send or change. */
  suggest(text: string): void
}

export interface ComposerProps {
  readonly client: Client
  readonly handle: RefObject<ComposerHandle | null>
}

export function Composer({ client, handle }: ComposerProps): JSX.Element {
  const text = useSignal('')
  const files = useSignal<readonly File[]>([])
  const problem = useSignal<string | undefined>(undefined)
  const area = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  const isEmpty = text.value.trim() === '' && files.value.length === 0

  const attach = (added: readonly File[], [folder]: readonly string[] = []) => {
    const [next, refusal] = admitFiles(files.value, added)
    files.value = next
    problem.value =
      refusal ?? (folder === undefined ? undefined : `${folder} is a folder; attach its files, or an archive of it.`)
    area.current?.focus()
  }
  const detach = (file: File) => {
    files.value = files.value.filter((one) => one !== file)
    area.current?.focus()
  }
  const onInput = ({ currentTarget }: { readonly currentTarget: HTMLTextAreaElement }) => {
    text.value = currentTarget.value
  }
  const suggest = (suggestion: string) => {
    text.value = suggestion
    area.current?.focus()
  }
  const submit = () => {
    if (isEmpty) return
    client.outbox.submit(text.value.trim() === '' ? '' : text.value, files.value)
    text.value = ''
    files.value = []
    problem.value = undefined
    area.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // While a word is being composed, these keys belong to the input method.
    if (event.isComposing) return
    if (event.key === 'Escape') return takeBack()
    if (event.key !== 'Enter' || event.shiftKey) return
    event.preventDefault()
    submit()
  }
  /** Takes back what has not gone out, the latest first. */
  const takeBack = () => {
    if (problem.value !== undefined) {
      problem.value = undefined
      return
    }
    const last = client.store.entries.value.findLast((entry) => isUnsent(entry) && entry.delivery?.kind !== 'unsent')
    if (last) client.cancel(last.id)
  }
  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...(event.clipboardData?.files ?? [])]
    if (pasted.length === 0) return
    event.preventDefault()
    attach(pasted)
  }

  handle.current = { attach, suggest }
  useEffect(() => area.current?.focus(), [])
  useSignalEffect(() => {
    const draft = client.returned.value
    if (!draft) return
    client.returned.value = undefined
    // What was begun meanwhile stays.
    text.value = [text.peek(), draft.text].filter((part) => part.trim() !== '').join('\n')
    files.value = [...draft.files, ...files.peek()].slice(0, FILE_COUNT_LIMIT)
    area.current?.focus()
  })
  useLayoutEffect(() => {
    const element = area.current
    if (!element) return
    // The height of the text, up to the limit in the style.
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight}px`
  }, [text.value])

  return (
    <footer class="composer">
      <form
        class="composer-inner"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        {problem.value !== undefined && (
          <p class="composer-problem" role="alert">
            {problem.value}
          </p>
        )}
        {files.value.length > 0 && <Chips files={files.value} onRemove={detach} />}
        <div class="composer-row">
          <button
            type="button"
            class="tool"
            aria-label="Attach files"
            title="Attach files"
            onClick={() => picker.current?.click()}
          >
            <AttachIcon />
          </button>
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            aria-label="Files"
            onChange={({ currentTarget }) => {
              attach([...(currentTarget.files ?? [])])
              // Or choosing the same file again would change nothing.
              currentTarget.value = ''
            }}
          />
          <textarea
            ref={area}
            rows={1}
            value={text.value}
            placeholder="Write a message"
            aria-label="Message"
            aria-describedby="composer-help"
            enterkeyhint="send"
            onInput={onInput}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
          />
          <button type="submit" class="send" aria-label="Send" title="Send" disabled={isEmpty}>
            <SendIcon />
          </button>
        </div>
        <p class="composer-help" id="composer-help">
          <kbd>Enter</kbd> sends, <kbd>Shift</kbd>+<kbd>Enter</kbd> starts a new line, <kbd>Esc</kbd> takes back what
          has not gone out
        </p>
      </form>
    </footer>
  )
}
