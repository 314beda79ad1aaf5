/** The page itself: one document that needs nothing else, under a policy that lets nothing else in. */
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { sendText } from '@backchannel/channel/http'

/** Returns what answers `GET /` with `html`, whose inline script and style are allowed by their hashes. */
export function createPage(html: string): (response: ServerResponse) => void {
  let policy: string | undefined
  return (response) => {
    // Hashed when the first page is asked for, not at the start of a channel that nobody may look at.
    policy ??= contentPolicy(html)
    sendText(response, 200, html, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
    })
  }
}

function contentPolicy(html: string): string {
  return [
    "default-src 'none'",
    `script-src ${hashes(html, 'script')}`,
    `style-src ${hashes(html, 'style')}`,
    "connect-src 'self'",
    "img-src 'self' blob: data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function hashes(html: string, tag: 'script' | 'style'): string {
  const contents = [...html.matchAll(new RegExp(`<${tag}\\b[^>]*>([\\s\\S]*?)</${tag}>`, 'g'))].map(
    ([, text = '']) => text,
  )
  const sources = contents.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
  return sources.length > 0 ? sources.join(' ') : "'none'"
}
