/** What an operator can set, read once when the channel starts; the sources have a file of their own. */
import { BackchannelError } from '@backchannel/channel'
import { parsePort } from '@backchannel/channel/http'

export interface Config {
  /** The port; `0` takes any free one. */
  readonly port: number
  /** The address to listen on, where the environment names one; it goes before the sources file. */
  readonly host?: string
}

export type Environment = Readonly<Record<string, string | undefined>>

export const PORT_VARIABLE = 'WEBHOOK_PORT'
export const HOST_VARIABLE = 'WEBHOOK_HOST'
export const DEFAULT_PORT = 8788

/** An address or a name, as the sources file takes it too. */
export const HOST_PATTERN: RegExp = /^[A-Za-z0-9.:-]{1,255}$/

/** @throws BackchannelError `port-invalid` or `settings-invalid` */
export function parseConfig(env: Environment): Config {
  const port = parsePort(env[PORT_VARIABLE], DEFAULT_PORT, PORT_VARIABLE)
  const host = env[HOST_VARIABLE]?.trim()
  // The doctor's copy sends its one request itself, and nobody else should reach it.
  if (!host || env['BACKCHANNEL_PROBE'] === '1') return { port }
  if (HOST_PATTERN.test(host)) return { port, host }
  throw new BackchannelError(
    'settings-invalid',
    `${HOST_VARIABLE} is ${JSON.stringify(host.slice(0, 40))}, but expected was an address or host name.`,
    {
      hint: `Set ${HOST_VARIABLE} to an address of this machine (0.0.0.0 is all of them), or leave it unset for this machine only.`,
    },
  )
}
