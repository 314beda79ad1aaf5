/** What the demo agent understands (docs/demo-agent.md). */

export type DemoRequest =
  | { readonly kind: 'list' }
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'wait'; readonly seconds: number }
  /** Understood, and not possible yet. */
  | { readonly kind: 'later' }
  | { readonly kind: 'other' }

/** The first match counts; everything else is answered with what was received. */
export function parseDemoRequest(text: string): DemoRequest {
  if (/^\s*(run|ask):/im.test(text) || /^\s*write\s+\S+:/im.test(text)) return { kind: 'later' }
  const read = /(?:^|\s)read\s+["'`]?([^\s"'`]+)/i.exec(text)
  if (read) return { kind: 'read', path: read[1] ?? '' }
  if (/what['’]?s in my working directory|\bls\b/i.test(text)) return { kind: 'list' }
  const wait = /\bwait\s+(\d{1,6}(?:\.\d{1,3})?)\b/i.exec(text)
  if (wait) return { kind: 'wait', seconds: Number(wait[1]) }
  return { kind: 'other' }
}
