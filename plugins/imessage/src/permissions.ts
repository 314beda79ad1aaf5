/** What macOS has to be told before this works, step by step. Both are looked at again by themselves: no restart is needed for us. */

const APP = 'the app that the session runs in (Terminal, iTerm, your editor; over SSH: sshd-keygen-wrapper)'

/** For reading `chat.db`. */
export const GRANT_DISK: string = [
  'Grant Full Disk Access: System Settings → Privacy & Security → Full Disk Access → "+"',
  `→ add ${APP} → switch it on.`,
  'It is tried again every second; where macOS asks to quit and reopen that app, do so.',
].join(' ')

/** For sending. */
export const GRANT_AUTOMATION: string = [
  'Allow it to send: System Settings → Privacy & Security → Automation',
  `→ ${APP} → switch "Messages" on. Where it is not listed: run "tccutil reset AppleEvents" in a terminal,`,
  'send again, and press OK when macOS asks. The next message tries again.',
].join(' ')
