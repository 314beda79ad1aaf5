/** What makes a system start `backchannel up` by itself: a unit of systemd for the user, or an agent of launchd. Text only. */
import { BackchannelError } from '@backchannel/protocol'

export interface ServiceOptions {
  /** Names as they follow `backchannel up`. */
  readonly channels: readonly string[]
  /** The runtime and the command's file, absolute. */
  readonly command: readonly string[]
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
}

export interface Service {
  readonly path: string
  readonly content: string
  /** What starts it now, and what makes it stay. */
  readonly next: readonly string[]
}

/** Where state and settings lie; never a secret, since a unit is readable by others. */
const PASSED = ['BACKCHANNEL_HOME', 'CLAUDE_CONFIG_DIR', 'PATH']

/** @throws BackchannelError `usage` on a system that has neither */
export function planService(options: ServiceOptions): Service {
  switch (options.platform) {
    case 'linux':
      return planUnit(options)
    case 'darwin':
      return planAgent(options)
    default:
      throw new BackchannelError('usage', `There is no service for ${options.platform} here.`, {
        hint: `Let the system start this at login: ${[...options.command, 'up', ...options.channels].join(' ')}`,
      })
  }
}

function planUnit({ channels, command, home, env }: ServiceOptions): Service {
  const name = `backchannel-${channels.join('-').replace(/[^\w-]/g, '-')}.service`
  const folder = `${env['XDG_CONFIG_HOME'] || `${home}/.config`}/systemd/user`
  const variables = passed(env).map(([key, value]) => `Environment=${quoteUnit(`${key}=${value}`)}`)
  const lines = [
    '[Unit]',
    `Description=Backchannel holds ${channels.join(', ')}`,
    'After=network-online.target',
    '',
    '[Service]',
    // An executable of systemd may have no quote or dollar in its path; an argument may.
    `ExecStart=/usr/bin/env ${[...command, 'up', ...channels].map(quoteArgument).join(' ')}`,
    ...variables,
    // Ended in order, by `backchannel up down` too, it stays down.
    'Restart=on-failure',
    'RestartSec=5',
    '',
    '[Install]',
    'WantedBy=default.target',
  ]
  return {
    path: `${folder}/${name}`,
    content: `${lines.join('\n')}\n`,
    next: [
      'systemctl --user daemon-reload',
      `systemctl --user enable --now ${name}`,
      'loginctl enable-linger   # to go on when you are logged out',
    ],
  }
}

function planAgent({ channels, command, home, env }: ServiceOptions): Service {
  const label = `dev.backchannel.up.${channels.join('-').replace(/[^\w-]/g, '-')}`
  const path = `${home}/Library/LaunchAgents/${label}.plist`
  const string = (text: string) => `<string>${escapeXml(text)}</string>`
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0"><dict>',
    `  <key>Label</key>${string(label)}`,
    '  <key>ProgramArguments</key><array>',
    ...[...command, 'up', ...channels].map((part) => `    ${string(part)}`),
    '  </array>',
    '  <key>EnvironmentVariables</key><dict>',
    ...passed(env).map(([key, value]) => `    <key>${escapeXml(key)}</key>${string(value)}`),
    '  </dict>',
    '  <key>RunAtLoad</key><true/>',
    '  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>',
    '  <key>ProcessType</key><string>Background</string>',
    '</dict></plist>',
  ]
  return { path, content: `${lines.join('\n')}\n`, next: [`launchctl bootstrap gui/$(id -u) ${path}`] }
}

function passed(env: ServiceOptions['env']): readonly (readonly [string, string])[] {
  return PASSED.flatMap((key) => {
    const value = env[key]
    return value ? [[key, value] as const] : []
  })
}

/** As systemd reads it: in quotes, with its specifiers taken literally. */
function quoteUnit(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/%/g, '%%').replace(/\n/g, ' ')}"`
}

/** In a command variables are replaced too; in `Environment=` a dollar is one. Source: systemd.exec(5), systemd.service(5). */
function quoteArgument(text: string): string {
  return quoteUnit(text).replace(/\$/g, '$$$$')
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}
