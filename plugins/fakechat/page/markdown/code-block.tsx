/** A block of code, with a button that copies it. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { CheckIcon, CopyIcon } from '../icons.tsx'

const SAID_MS = 2000
const LANGUAGE = /^[\w+#.-]{1,30}$/

export function CodeBlock({ code, language }: { readonly code: string; readonly language: string }): JSX.Element {
  const said = useSignal<'copied' | 'failed' | undefined>(undefined)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const copy = async () => {
    said.value = await navigator.clipboard.writeText(code).then(
      () => 'copied' as const,
      () => 'failed' as const,
    )
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      said.value = undefined
    }, SAID_MS)
  }
  const label = said.value === 'copied' ? 'Copied' : said.value === 'failed' ? 'Not copied' : 'Copy'
  return (
    <div class="code">
      <div class="code-bar">
        <span>{LANGUAGE.test(language) ? language : 'code'}</span>
        <button type="button" onClick={copy} aria-label={said.value === undefined ? 'Copy this code' : undefined}>
          {said.value === 'copied' ? <CheckIcon /> : <CopyIcon />}
          <span aria-live="polite">{label}</span>
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
    </div>
  )
}
