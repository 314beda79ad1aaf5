/** The text of an agent's message, with its formatting. */

import { parseMarkdown } from '@backchannel/channel/markdown'
import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { renderTree } from './render.tsx'

export function Markdown({ text }: { readonly text: string }): JSX.Element {
  // The same elements for the same text: a new message must not parse all others again.
  return useMemo(() => {
    const root = parseMarkdown(text)
    if (root === undefined) return <div class="text">{text}</div>
    return <div class="text markdown">{renderTree(root, text)}</div>
  }, [text])
}
