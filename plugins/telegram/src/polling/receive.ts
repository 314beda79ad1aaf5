/** Receiving as the holder of the bot: who we are, the menu of commands, then poll after poll. */
import type { Log } from '@backchannel/channel'
import { type PlatformPorts, watchWake } from '@backchannel/channel/chat'
import type { UserFromGetMe } from 'grammy/types'
import type { Call } from '../api/client.ts'
import { type Config, WEBHOOK_VARIABLE } from '../config.ts'
import { ALLOWED_UPDATES, createUpdateHandler } from '../inbound/updates.ts'
import { type Pace, startPoller } from './poller.ts'

export interface ReceivingOptions {
  readonly call: Call
  readonly config: Config
  readonly ports: PlatformPorts
  readonly session: AbortSignal
  readonly log: Log
  readonly pace?: Pace | undefined
  /** Told who we are, before anything is handed over. */
  readonly met: (me: UserFromGetMe) => void
}

/** What Telegram shows as the bot's menu in direct chats; the kit answers, and where it is for approvers says so to others. */
const MENU = [
  { command: 'start', description: 'How to get on the list' },
  { command: 'help', description: 'What this bot does' },
  { command: 'status', description: 'What the agent does; whether your messages reach the session' },
  { command: 'stop', description: 'Stop what the agent is doing (approvers)' },
  { command: 'new', description: 'Begin a new conversation (approvers)' },
  { command: 'compact', description: 'Compact the conversation (approvers)' },
  { command: 'sessions', description: 'The sessions that share this bot (approvers)' },
  { command: 'use', description: 'Choose the session that this chat talks to (approvers)' },
]

export function startReceiving({ call, config, ports, session, log, pace, met }: ReceivingOptions): {
  close(): Promise<void>
} {
  let me: UserFromGetMe | undefined
  const { handle } = createUpdateHandler(ports, () => me, log)

  /** Once, before the first poll: without our name no mention could be told. */
  const introduce = async (signal: AbortSignal) => {
    if (me) return
    const found = await call((api, ended) => api.getMe(ended), { signal })
    if (config.takesWebhook) await call((api, ended) => api.deleteWebhook({}, ended), { signal })
    const scope = { scope: { type: 'all_private_chats' as const } }
    // The menu is a convenience: what fails here fails for a reason that the poll will tell.
    await call((api, ended) => api.setMyCommands(MENU, scope, ended), { signal }).catch(() => {})
    me = found
    met(found)
  }

  const poller = startPoller(
    {
      async poll({ offset, timeout, limit, limitMs, signal }) {
        await introduce(signal)
        const request = { offset, timeout, limit, allowed_updates: ALLOWED_UPDATES }
        return call((api, ended) => api.getUpdates(request, ended), { signal, limitMs })
      },
      handle,
      health: (health) => ports.health(health),
      rival: (signal) => findRival(call, signal),
      now: Date.now,
    },
    session,
    pace,
  )
  const unwatch = watchWake(() => poller.restart())
  return {
    async close() {
      unwatch()
      await poller.close()
    },
  }
}

/** Telegram does not say where another poller runs; of a webhook it says the address. */
async function findRival(call: Call, signal: AbortSignal): Promise<string> {
  try {
    const { url } = await call((api, ended) => api.getWebhookInfo(ended), { signal })
    if (url) {
      const host = URL.canParse(url) ? new URL(url).host : 'another server'
      return `a webhook at ${host} receives its messages; remove it there, or set ${WEBHOOK_VARIABLE}=1`
    }
  } catch {
    // The other poller is all that is known.
  }
  return 'something else polls with the same token, here or on another machine; stop it there, or give it a bot of its own'
}
