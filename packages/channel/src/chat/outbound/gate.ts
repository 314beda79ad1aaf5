/** Where the agent may write: chats that the operator has let in, and nowhere while the policy is `disabled`. */
import { BackchannelError } from '@backchannel/protocol'
import type { Access } from '../../access/access.ts'
import type { Place } from '../../access/gate.ts'
import type { Connection } from '../platform/connection.ts'
import { PlatformError } from '../platform/platform-error.ts'

export interface OutboundGate {
  /**
   * @returns what the chat is
   * @throws BackchannelError `chat-refused`; PlatformError where the platform can't be asked what chat it is
   */
  check(chatId: string, signal: AbortSignal): Promise<Place>
  /** Whether anything may be done at all: the kill switch. @throws BackchannelError `chat-refused` */
  checkOn(): Promise<void>
  allows(chatId: string, signal: AbortSignal): Promise<boolean>
}

/** For the question what a chat is. */
const PLACE_MS = 15_000

/** @param command as the operator calls it: `/telegram:access` */
export function createOutboundGate(
  access: Pick<Access, 'current' | 'mayReach'>,
  connection: Connection,
  { command, noun = 'chat' }: { readonly command: string; readonly noun?: string | undefined },
): OutboundGate {
  const find = async (chatId: string, signal: AbortSignal): Promise<Place | undefined> => {
    const place = await connection.place(chatId, AbortSignal.any([signal, AbortSignal.timeout(PLACE_MS)]))
    return place !== undefined && (await access.mayReach(place)) ? place : undefined
  }
  const checkOn = async (): Promise<void> => {
    const file = await access.current()
    if (!file) throw refused('access.json can not be used, so nothing is sent anywhere')
    if (file.dmPolicy === 'disabled') throw refused(`the channel is disabled — turn it on via ${command}`)
  }
  return {
    checkOn,
    allows: (chatId, signal) =>
      find(chatId, signal).then(
        (place) => place !== undefined,
        (thrown) => {
          if (PlatformError.is(thrown)) return false
          throw thrown
        },
      ),
    async check(chatId, signal) {
      await checkOn()
      const place = await find(chatId, signal)
      if (place) return place
      throw refused(`${noun} ${chatId.slice(0, 100)} is not allowlisted — add via ${command}`)
    },
  }
}

function refused(message: string): BackchannelError {
  return new BackchannelError('chat-refused', message)
}
