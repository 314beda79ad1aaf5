/** The settings of fakechat, read from the environment once, when a session has registered the channel. */
import { BackchannelError, stateDirectory } from '@backchannel/channel'
import { parsePort } from '@backchannel/channel/http'

export const DEFAULT_PORT = 8787
const DEFAULT_KEEP_DAYS = 30

export interface Config {
  /** `FAKECHAT_PORT`, default 8787; `0` takes any free port. */
  readonly port: number
  /** `FAKECHAT_STATE_DIR`, else where the official fakechat keeps its files; holds `inbox/` and `outbox/`. */
  readonly directory: string
  /** `FAKECHAT_KEEP_DAYS`, default 30: files older than this are removed at a start; `0` keeps them for ever. */
  readonly keepDays: number
}

/** @throws BackchannelError `port-invalid` or `settings-invalid`, naming the variable. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  return {
    port: parsePort(env['FAKECHAT_PORT'], DEFAULT_PORT, 'FAKECHAT_PORT'),
    directory: stateDirectory('fakechat', env),
    keepDays: parseDays(env['FAKECHAT_KEEP_DAYS']),
  }
}

/** For `/fakechat:configure`: there is no secret to set. @throws as {@link readConfig} */
export function describeSettings(env: NodeJS.ProcessEnv): readonly string[] {
  const { port, keepDays } = readConfig(env)
  const page = port === 0 ? 'any free one, named at the start' : `${port}, so the page is http://localhost:${port}`
  return [
    `port: ${page} (FAKECHAT_PORT)`,
    `files: ${keepDays === 0 ? 'kept for ever' : `kept for ${keepDays} days`} (FAKECHAT_KEEP_DAYS)`,
  ]
}

function parseDays(value: string | undefined): number {
  const text = value?.trim() ?? ''
  if (text === '') return DEFAULT_KEEP_DAYS
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new BackchannelError(
    'settings-invalid',
    `FAKECHAT_KEEP_DAYS is ${JSON.stringify(text.slice(0, 40))}, but it is a whole number of days.`,
    { hint: `Set it to such a number (0 keeps files for ever), or leave it unset for ${DEFAULT_KEEP_DAYS}.` },
  )
}
