/** The buttons of a prompt, and what they carry: the data of the official servers, with one more that they do not know. */
import type { Button } from '../platform/connection.ts'

export type ButtonAction = 'allow' | 'deny' | 'more' | 'session'

const DATA = /^perm:(allow|deny|more|session):([a-km-z]{5})$/

export interface PressedButton {
  readonly action: ButtonAction
  readonly requestId: string
}

/** What comes back is data from outside. */
export function readButton(data: string): PressedButton | undefined {
  const match = DATA.exec(data)
  return match ? { action: match[1] as ButtonAction, requestId: match[2] as string } : undefined
}

export function promptButtons(
  requestId: string,
  { hasMore, hasSession, perRow }: { readonly hasMore: boolean; readonly hasSession: boolean; readonly perRow: number },
): readonly (readonly Button[])[] {
  const button = (label: string, action: ButtonAction): Button => ({ label, data: `perm:${action}:${requestId}` })
  const session = hasSession ? [button('Allow for session', 'session')] : []
  const all = [button('✅ Allow', 'allow'), ...session, button('❌ Deny', 'deny')]
  const rows: Button[][] = hasMore ? [[button('See more', 'more')]] : []
  for (let at = 0; at < all.length; at += perRow) rows.push(all.slice(at, at + perRow))
  return rows
}
