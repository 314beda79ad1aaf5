/** What the dialogs say. The names and commands in them come from files of a project: they are made safe before they are shown. */
import type { FolderToConfirm, ServerConsent, ServerToConfirm } from '../interaction.ts'
import { sanitizeLine } from '../sanitize.ts'

export interface Choice<Value> {
  readonly value: Value
  readonly label: string
}

export interface DialogContent<Value> {
  readonly title: string
  /** Paragraphs. */
  readonly text: readonly string[]
  /** What the question is about, an item each; never left out without saying so. */
  readonly items: readonly string[]
  readonly choices: readonly Choice<Value>[]
  /** Chosen at first, by Escape, by Ctrl-C, and when the question is withdrawn: the one that allows nothing. */
  readonly safe: Value
}

/** Characters of an item; a command longer than that is cut, and says so. */
const ITEM_COLUMNS = 2_000

export function folderTrust({ path, files }: FolderToConfirm): DialogContent<'trust' | 'exit'> {
  return {
    title: 'Do you trust the files in this folder?',
    text: [
      'No session was started here before. The agent reads what lies here, and what it reads can change what it does. Files of the project may name servers to start and set rules; each server is asked about.',
      'Go on only with a folder whose origin you know. The answer is kept: backchannel consents list shows it.',
    ],
    items: [
      `folder: ${sanitizeLine(path, ITEM_COLUMNS)}`,
      `used:   ${files.length === 0 ? 'no settings, no servers' : sanitizeLine(files.join(', '), ITEM_COLUMNS)}`,
    ],
    choices: [
      { value: 'trust', label: 'I trust this folder: continue' },
      { value: 'exit', label: 'Exit' },
    ],
    safe: 'exit',
  }
}

export function developmentChannels(entries: readonly string[]): DialogContent<'continue' | 'exit'> {
  return {
    title: 'Warning: unreviewed development channels',
    text: [
      'These channels are not on the allowlist: nobody has reviewed them. What they send goes straight into this session as messages that the agent acts on.',
      'Anyone who can reach such a channel can try to make the agent run commands, and read or change files on this computer. Continue only with channels that you are developing yourself or have read.',
    ],
    items: entries.map((entry) => sanitizeLine(entry, ITEM_COLUMNS)),
    choices: [
      { value: 'continue', label: 'I know these channels: continue' },
      { value: 'exit', label: 'Exit' },
    ],
    safe: 'exit',
  }
}

export function serverConsent(server: ServerToConfirm, cwd: string): DialogContent<ServerConsent> {
  return {
    title: `This project wants to start the server "${sanitizeLine(server.name, 60)}"`,
    text: [
      'It runs on this computer with your rights, for as long as the session does. Use it only if you know what it does.',
    ],
    items: [
      `command: ${sanitizeLine(server.command, ITEM_COLUMNS)}`,
      `file:    ${sanitizeLine(server.file, ITEM_COLUMNS)}`,
      `folder:  ${sanitizeLine(cwd, ITEM_COLUMNS)}`,
    ],
    choices: [
      { value: 'use', label: 'Use this server' },
      { value: 'use-all', label: 'Use it, and every further server of this file' },
      { value: 'refuse', label: 'Continue without it' },
    ],
    safe: 'refuse',
  }
}
