/** `plugin configure`: answers to what a plugin asks its user for; a secret comes hidden, or from standard input. */

import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import { missingOptions, type UserOption } from '../format/user-config.ts'
import { findInstalled } from '../installs/install.ts'
import type { InstalledPlugin } from '../installs/installed.ts'
import { readOptions, saveOptions } from '../options/values.ts'
import { readPlugin } from '../plugin.ts'
import type { Verb, VerbArguments, VerbPorts } from './verb.ts'
import { nameOf } from './words.ts'

export const configureVerb: Verb = {
  name: 'configure',
  usage: 'NAME[@MARKETPLACE] [KEY=VALUE…]',
  summary: 'answer what a plugin asks for; a secret is asked hidden, or read with --stdin',
  takes: { least: 1, most: 100 },
  flags: {
    stdin: { type: 'string', value: 'KEY', help: 'the key of the answer that standard input holds' },
    unset: { type: 'string', value: 'KEY', multiple: true, help: 'the key of an answer to take back' },
  },
  examples: ['configure chat@acme', 'configure chat room=general', 'configure chat --stdin token < token.txt'],
  async run(given, ports) {
    const record = await findInstalled(given.names[0] ?? '', ports)
    const options = await optionsOf(record, ports)
    if (options.length === 0) return { ok: true, text: `${nameOf(record)} asks for nothing.` }
    const answers = await readAnswers(given, options, ports)
    if (answers.size > 0) await saveOptions(nameOf(record), options, answers, ports.folders, ports.signal)
    const missing =
      answers.size > 0 ? await missingOf(record, options, ports) : await askOptions(record, options, ports, true)
    if (missing.length > 0 && answers.size === 0 && ports.ask === undefined)
      return {
        ok: false,
        text: `${nameOf(record)} needs ${missing.join(', ')}. Write KEY=VALUE; a secret with backchannel plugin configure ${nameOf(record)} in a terminal.`,
      }
    const rest = missing.length === 0 ? '' : ` It still needs ${missing.join(', ')}.`
    return {
      ok: true,
      text: `The answers to ${nameOf(record)} were saved.${rest} A session that runs takes them with /reload-plugins.`,
    }
  },
}

/** Asks at the terminal, if there is one, for what is not answered yet. @returns what is still missing, in words */
export async function askOptions(
  record: InstalledPlugin,
  options: readonly UserOption[],
  ports: VerbPorts,
  again = false,
): Promise<readonly string[]> {
  if (ports.ask !== undefined) {
    const values = await readOptions(nameOf(record), ports.folders)
    const open = options.filter(({ key }) => again || !values.has(key))
    const answers = new Map<string, string>()
    for (const option of open) {
      const answer = await ports.ask(
        option,
        option.sensitive ? (values.has(option.key) ? 'set' : undefined) : (values.get(option.key) ?? option.fallback),
      )
      if (answer !== '') answers.set(option.key, answer)
    }
    if (answers.size > 0) await saveOptions(nameOf(record), options, answers, ports.folders, ports.signal)
  }
  return await missingOf(record, options, ports)
}

/** What an installed plugin asks for. */
export async function optionsOf(record: InstalledPlugin, ports: VerbPorts): Promise<readonly UserOption[]> {
  const root = await realpath(join(ports.folders.installed, record.folder))
  return (await readPlugin(root, record.name)).options
}

async function missingOf(
  record: InstalledPlugin,
  options: readonly UserOption[],
  ports: VerbPorts,
): Promise<readonly string[]> {
  const values = await readOptions(nameOf(record), ports.folders)
  return missingOptions(options, values).map(({ key, title }) => `${key} (${title})`)
}

async function readAnswers(
  { names: [, ...pairs], flags }: VerbArguments,
  options: readonly UserOption[],
  ports: VerbPorts,
): Promise<ReadonlyMap<string, string>> {
  const answers = new Map<string, string>()
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    // What follows may be a secret, so only the key is repeated.
    if (at < 1) throw new BackchannelError('usage', 'An answer is written KEY=VALUE.')
    const key = pair.slice(0, at)
    if (options.find((option) => option.key === key)?.sensitive) throw isSecret(key)
    answers.set(key, pair.slice(at + 1))
  }
  for (const key of [flags['unset'] ?? []].flat()) answers.set(String(key), '')
  if (typeof flags['stdin'] === 'string') {
    if (ports.readInput === undefined)
      throw new BackchannelError('usage', '--stdin is for the command line: backchannel plugin configure.')
    answers.set(flags['stdin'], (await ports.readInput()).replace(/\r?\n$/, ''))
  }
  return answers
}

function isSecret(key: string): BackchannelError {
  return new BackchannelError(
    'plugin-option-invalid',
    `"${key}" is sensitive, and arguments are kept in histories and seen by other users.`,
    {
      hint: `Leave it out and be asked for it in a terminal, or pipe it in: backchannel plugin configure NAME --stdin ${key} < FILE. If it was a real one, replace it.`,
    },
  )
}
