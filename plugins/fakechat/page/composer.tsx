/** Where the person writes: Enter sends, Shift+Enter starts a new line; files by button, by dropping or by pasting. */
import { useSignal } from '@preact/signals'
import type { JSX, RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { renderSize } from '../src/file-types.ts'
import { FILE_COUNT_LIMIT, FILE_LIMIT } from '../src/wire.ts'
import type { Client } from './client.ts'
import { AttachIcon, CloseIcon, FileIcon, SendIcon } from './icons.tsx'

/** What the rest of the page may ask of the composer. */
export interface ComposerHandle {
  attach(files: readonly File[]): void
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

  const attach = (added: readonly File[]) => {
    const [next, refusal] = admit(files.value, added)
    files.value = next
    problem.value = refusal
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
    // While a word is being composed, Enter takes the suggestion of the input method.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    submit()
  }
  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...(event.clipboardData?.files ?? [])]
    if (pasted.length === 0) return
    event.preventDefault()
    attach(pasted)
  }

  handle.current = { attach, suggest }
  useEffect(() => area.current?.focus(), [])
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
        {files.value.length > 0 && (
          <ul class="chips" aria-label="Attached files">
            {files.value.map((file) => (
              <Chip key={file} file={file} onRemove={() => detach(file)} />
            ))}
          </ul>
        )}
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
          <kbd>Enter</kbd> sends, <kbd>Shift</kbd>+<kbd>Enter</kbd> starts a new line
        </p>
      </form>
    </footer>
  )
}

function Chip({ file, onRemove }: { readonly file: File; readonly onRemove: () => void }): JSX.Element {
  return (
    <li class="chip">
      <FileIcon />
      <span class="file-name">{file.name}</span>
      <span class="file-size">{renderSize(file.size)}</span>
      <button type="button" class="chip-remove" aria-label={`Remove ${file.name}`} onClick={onRemove}>
        <CloseIcon />
      </button>
    </li>
  )
}

/** Those of `added` that may be sent, and what is wrong with the others. */
function admit(files: readonly File[], added: readonly File[]): readonly [readonly File[], string | undefined] {
  const tooLarge = added.find(({ size }) => size > FILE_LIMIT)
  const next = [...files, ...added.filter(({ size }) => size <= FILE_LIMIT)]
  if (tooLarge) {
    return [
      next.slice(0, FILE_COUNT_LIMIT),
      `${tooLarge.name} has ${renderSize(tooLarge.size)}; a file may have ${renderSize(FILE_LIMIT)}.`,
    ]
  }
  if (next.length <= FILE_COUNT_LIMIT) return [next, undefined]
  return [next.slice(0, FILE_COUNT_LIMIT), `A message may have ${FILE_COUNT_LIMIT} files.`]
}
