/** Reads the port out of a setting, so that a typing error is told instead of listening somewhere else. */
import { BackchannelError } from '@backchannel/protocol'

/**
 * @param value as in the environment; unset or empty means `fallback`, `0` means any free port.
 * @param variable names the setting in the error, such as `WEBHOOK_PORT`.
 * @throws BackchannelError `port-invalid`
 */
export function parsePort(value: string | undefined, fallback: number, variable: string): number {
  const text = value?.trim() ?? ''
  if (text === '') return fallback
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new BackchannelError(
    'port-invalid',
    `${variable} is ${JSON.stringify(shorten(text))}, but a port is a whole number from 0 to 65535.`,
    { hint: `Set ${variable} to such a number (0 takes any free port), or leave it unset for ${fallback}.` },
  )
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
