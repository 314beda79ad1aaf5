/** What an operator can set: where the Messages database is, whether SMS is heard, what stands beneath answers. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { BackchannelError } from '@backchannel/channel'
import type { Environment } from '@backchannel/channel/configure'

export interface Config {
  /** Of `chat.db`; absolute. */
  readonly database: string
  /** Whether messages count that came over SMS or RCS, whose senders can be forged. */
  readonly allowsSms: boolean
  /** Beneath the last text of each answer. */
  readonly signature?: string
  readonly transcribe?: string
  readonly programs: Programs
}

/** Programs of macOS, by their paths. */
export interface Programs {
  readonly osascript: string
  /** Turns a HEIC picture into a JPEG. */
  readonly sips: string
}

export const DATABASE_VARIABLE = 'IMESSAGE_DB_PATH'
export const SMS_VARIABLE = 'IMESSAGE_ALLOW_SMS'
export const SIGNATURE_VARIABLE = 'IMESSAGE_APPEND_SIGNATURE'
export const TRANSCRIBE_VARIABLE = 'TRANSCRIBE_COMMAND'
/** For tests alone: a folder with an `osascript` (and a `sips`) of theirs, with which the channel runs on other systems. */
export const PROGRAMS_VARIABLE = 'IMESSAGE_TEST_PROGRAMS'

const DEFAULT_SIGNATURE = 'Sent by an agent'

export function parseConfig(env: Environment): Config {
  const programs = env[PROGRAMS_VARIABLE]?.trim()
  const transcribe = env[TRANSCRIBE_VARIABLE]?.trim()
  const signature = parseSignature(env[SIGNATURE_VARIABLE]?.trim())
  return {
    database: resolve(env[DATABASE_VARIABLE]?.trim() || join(homeOf(env), 'Library', 'Messages', 'chat.db')),
    allowsSms: /^(?:true|1)$/i.test(env[SMS_VARIABLE]?.trim() ?? ''),
    ...(signature === undefined ? {} : { signature }),
    ...(transcribe ? { transcribe } : {}),
    programs: programs
      ? { osascript: join(programs, 'osascript'), sips: join(programs, 'sips') }
      : { osascript: '/usr/bin/osascript', sips: '/usr/bin/sips' },
  }
}

/**
 * Messages is a program of macOS.
 * @throws BackchannelError `settings-invalid` on any other system
 */
export function assertMac(env: Environment, platform: NodeJS.Platform = process.platform): void {
  if (isMac(env, platform)) return
  throw new BackchannelError(
    'settings-invalid',
    `iMessage needs a Mac: it reads the database of the Messages app, and this is ${NAMES[platform] ?? platform}.`,
    { hint: 'Run the session on a Mac that is signed in to iMessage, or use another channel, such as telegram.' },
  )
}

export function isMac(env: Environment, platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'darwin' || Boolean(env[PROGRAMS_VARIABLE])
}

const NAMES: Readonly<Record<string, string>> = { linux: 'Linux', win32: 'Windows' }

/** As the official plugin has it: on, unless it says `false`; any other words stand there in place of ours. */
function parseSignature(value: string | undefined): string | undefined {
  if (value === undefined || value === '' || /^(?:true|1)$/i.test(value)) return DEFAULT_SIGNATURE
  return /^(?:false|0)$/i.test(value) ? undefined : value.slice(0, 200)
}

export function homeOf(env: Environment): string {
  return env['HOME'] || homedir()
}
