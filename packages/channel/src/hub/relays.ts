/**
 * Permission prompts of several sessions in the chats of one account. Whether a verdict counts is decided in the process of
 * the session that asked: here it is only known whose each open prompt is.
 */
import { parseVerdict } from '@backchannel/protocol'
import type { OpenRequest } from '../relay/open-requests.ts'
import type { Relay, SenderVerdict, VerdictResult } from '../relay/relay.ts'

/** The way to the session that asked. */
export interface RelayLink {
  verdict(verdict: SenderVerdict): Promise<VerdictResult>
  /** Ids of prompts of that session that this sender could answer in this chat. */
  open(place: { readonly sender: string; readonly chat: string }): Promise<readonly string[]>
}

export interface Relays {
  /** What the channel answers prompts through; absent where it relays nothing. */
  readonly relay: Relay | undefined
  /** The session of this process, whose prompts are among the others. */
  readonly own: RelayLink
  /** @throws Error for an id that another session has open: a verdict must not be one for two */
  opened(link: RelayLink, request: OpenRequest): void
  closed(link: RelayLink, requestId: string): void
  /** @returns what the session leaves open */
  left(link: RelayLink): readonly OpenRequest[]
}

interface Asked {
  readonly link: RelayLink
  readonly request: OpenRequest
}

/** @param own of this process; absent where the channel relays nothing, and then nothing is answered here */
export function createRelays(own: Relay | undefined): Relays {
  const asked = new Map<string, Asked>()
  const find = (requestId: string, chat: string) => {
    const one = asked.get(requestId.toLowerCase())
    return one?.request.chats.includes(chat) ? one : undefined
  }
  const relay: Relay | undefined = own && {
    ...own,
    async verdict(verdict) {
      const one = find(verdict.requestId, verdict.chat)
      return one ? one.link.verdict(verdict).catch(() => 'not-open') : own.verdict(verdict)
    },
    async typed(text, place) {
      const found = parseVerdict(text, (requestId) => find(requestId, place.chat) !== undefined)
      return found ?? own.typed(text, place)
    },
    async open(place) {
      const links = new Set(
        [...asked.values()].filter(({ request }) => request.chats.includes(place.chat)).map(({ link }) => link),
      )
      const ids = await Promise.all([...links].map((link) => link.open(place).catch(() => [])))
      return ids.flat().flatMap((requestId) => find(requestId, place.chat)?.request ?? [])
    },
  }
  return {
    relay,
    own: {
      verdict: async (verdict) => (await own?.verdict(verdict)) ?? 'not-open',
      open: async (place) => ((await own?.open(place)) ?? []).map(({ requestId }) => requestId),
    },
    opened(link, request) {
      const before = asked.get(request.requestId)
      if (before && before.link !== link)
        throw new Error('another session has a prompt of that id open; answer this one in its terminal')
      asked.set(request.requestId, { link, request })
    },
    closed(link, requestId) {
      if (asked.get(requestId)?.link === link) asked.delete(requestId)
    },
    left(link) {
      const open = [...asked.values()].filter((one) => one.link === link).map(({ request }) => request)
      for (const { requestId } of open) asked.delete(requestId)
      return open
    },
  }
}
