/** What an operator can set, read once when the channel starts. */
import { parsePort } from '@backchannel/channel/http'

export interface Config {
  /** The port on loopback; `0` takes any free one. */
  readonly port: number
}

export type Environment = Readonly<Record<string, string | undefined>>

export const PORT_VARIABLE = 'WEBHOOK_PORT'

/** @throws BackchannelError `port-invalid` */
export function parseConfig(env: Environment): Config {
  return { port: parsePort(env[PORT_VARIABLE], 8788, PORT_VARIABLE) }
}
