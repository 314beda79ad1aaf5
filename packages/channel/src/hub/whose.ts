/** Whose each open prompt is, of several sessions that ask in the same chats. */
import type { Asked } from '../relay/open-requests.ts'

export interface Whose<Link, Item extends Asked> {
  /** @throws Error for an id that another session has open: an answer must not be one for two */
  open(link: Link, item: Item): void
  close(link: Link, id: string): void
  /** What a session leaves open, which is forgotten. */
  left(link: Link): readonly Item[]
  /** One that was asked in that chat. */
  find(id: string, chat: string): { readonly link: Link; readonly item: Item } | undefined
  /** All that were asked there. */
  inChat(chat: string): readonly { readonly link: Link; readonly item: Item }[]
}

export function createWhose<Link, Item extends Asked>(idOf: (item: Item) => string): Whose<Link, Item> {
  const open = new Map<string, { readonly link: Link; readonly item: Item }>()
  return {
    open(link, item) {
      const before = open.get(idOf(item))
      if (before && before.link !== link)
        throw new Error('another session has a prompt of that id open; answer this one in its terminal')
      open.set(idOf(item), { link, item })
    },
    close(link, id) {
      if (open.get(id)?.link === link) open.delete(id)
    },
    left(link) {
      const items = [...open.values()].filter((one) => one.link === link).map(({ item }) => item)
      for (const item of items) open.delete(idOf(item))
      return items
    },
    find(id, chat) {
      const one = open.get(id.toLowerCase())
      return one?.item.chats.includes(chat) ? one : undefined
    },
    inChat: (chat) => [...open.values()].filter(({ item }) => item.chats.includes(chat)),
  }
}
