/** `/stop`, `/new`, `/compact` and `/status` typed on the page: the same words as in every chat. */
import type { ControlAction } from '@backchannel/channel/relay'

const ACTIONS: Readonly<Record<string, ControlAction>> = {
  '/stop': 'interrupt',
  '/new': 'clear',
  '/compact': 'compact',
  '/status': 'status',
}

export function readCommand(text: string): ControlAction | undefined {
  const word = text.trim().toLowerCase()
  return Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined
}
