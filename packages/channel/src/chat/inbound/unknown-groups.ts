/** Says once of each group in which somebody wrote to us in vain which id the operator would have to add. */
import type { Log } from '../../log.ts'
import type { InboundMessage } from '../platform/inbound.ts'
import { safeName } from './event.ts'

/** Anybody can take a bot into as many groups as they like. */
const MOST_TOLD = 20

/** @param command as the operator calls it: `/telegram:access` */
export function createUnknownGroups(log: Log, command: string): (message: InboundMessage) => void {
  const told = new Set<string>()
  return ({ chat, sender }) => {
    if (told.has(chat.id) || told.size >= MOST_TOLD) return
    told.add(chat.id)
    const title = chat.title === undefined ? '' : ` (${safeName(chat.title)})`
    const who = sender === undefined ? 'somebody' : `${sender.id}${sender.name ? ` (${safeName(sender.name)})` : ''}`
    log.info(
      `${who} wrote in the group ${chat.id}${title}, which is not heard. To hear it: ${command} group add ${chat.id}`,
    )
  }
}
