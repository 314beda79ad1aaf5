/** `plugin list|info|validate`: what is there, and what is wrong with it. */
import { readdir, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { renderError } from '@backchannel/protocol'
import { type Available, availablePlugins } from '../installs/available.ts'
import { findInstalled } from '../installs/install.ts'
import { type InstalledPlugin, installedPlugins } from '../installs/installed.ts'
import { readMarketplace } from '../marketplace.ts'
import { BUILTIN_MARKETPLACE } from '../marketplaces/reserved-names.ts'
import { readOptions } from '../options/values.ts'
import { readPlugin } from '../plugin.ts'
import { validateFolder } from '../validate/validate.ts'
import { isAllowed } from './allow-verbs.ts'
import type { Verb, VerbPorts } from './verb.ts'
import { nameOf, plural, renderFrom, table } from './words.ts'

export const showVerbs: readonly Verb[] = [
  {
    name: 'list',
    usage: '',
    summary: 'the installed plugins; with --available those that could be',
    takes: { least: 0, most: 0 },
    flags: { available: { type: 'boolean', help: 'what the marketplaces have' } },
    json: true,
    examples: ['list', 'list --available --json'],
    run: ({ flags }, ports) => (flags['available'] === true ? listAvailable(ports) : listInstalled(ports)),
  },
  {
    name: 'info',
    usage: 'NAME[@MARKETPLACE]',
    summary: 'what an installed plugin is, has, asks for, and where it comes from',
    json: true,
    examples: ['info chat@acme'],
    run: async ({ names: [text = ''] }, ports) => await info(await findInstalled(text, ports), ports),
  },
  {
    name: 'validate',
    usage: '[FOLDER]',
    summary: 'every mistake of a plugin or marketplace, for its author; exit code 1 if there is one',
    takes: { least: 0, most: 1 },
    json: true,
    examples: ['validate', 'validate ./plugins/chat --json'],
    async run({ names: [folder = '.'] }, { cwd }) {
      const { kind, plugins, valid, findings, ...data } = await validateFolder(resolve(cwd, folder))
      const what = kind === 'plugin' ? 'The plugin' : `The marketplace of ${plural(plugins, 'plugin')}`
      const errors = findings.filter(({ level }) => level === 'error').length
      const counts = `${plural(errors, 'error')}, ${plural(findings.length - errors, 'warning')}`
      const lines = findings.map(({ level, message }) => `  ${level}: ${message}`)
      const text = [`${what} in ${data.folder} is ${valid ? 'valid' : 'not valid'} (${counts}).`, ...lines].join('\n')
      return { ok: valid, text, data: { ...data, kind, plugins, valid, findings } }
    },
  },
]

async function listInstalled(ports: VerbPorts) {
  const records = [...(await installedPlugins(ports.folders.installedFile).read()).values()]
  const own = await builtin(ports)
  const rows = records.map((record) => [
    nameOf(record),
    record.version,
    record.enabled ? 'on' : 'off',
    renderFrom(record),
  ])
  const all = [...own.map((name) => [`${name}@${BUILTIN_MARKETPLACE}`, '', 'on', 'comes with the command']), ...rows]
  const data = records.map(({ hasServer: _, folder, installedAt, source: __, ...record }) => {
    return {
      ...record,
      source: renderFrom({ source: __ }),
      folder: join(ports.folders.installed, folder),
      installed_at: installedAt,
    }
  })
  return { ok: true, text: table(all) || 'No plugin is installed.', data: { plugins: data, builtin: own } }
}

async function listAvailable(ports: VerbPorts) {
  const { plugins, problems }: Available = await availablePlugins(ports)
  const installed = await installedPlugins(ports.folders.installedFile).read()
  const rows = plugins.map((plugin) => {
    const state = installed.has(nameOf(plugin)) ? `installed ${installed.get(nameOf(plugin))?.version}` : ''
    return [nameOf(plugin), plugin.listed.version ?? '', plugin.listed.description?.slice(0, 80) ?? '', state]
  })
  const wrong = problems.map(({ marketplace, message }) => `  ${marketplace}: ${message}`)
  const text =
    rows.length + wrong.length === 0
      ? 'No marketplace was added, or none has a plugin. Add one: plugin marketplace add SOURCE'
      : [table(rows), ...wrong].filter((part) => part !== '').join('\n')
  const data = plugins.map((plugin) => ({
    name: plugin.name,
    marketplace: plugin.marketplace,
    version: plugin.listed.version,
    description: plugin.listed.description,
    installed: installed.has(nameOf(plugin)),
  }))
  return { ok: true, text, data: { plugins: data, problems } }
}

async function info(record: InstalledPlugin, ports: VerbPorts) {
  const folder = join(ports.folders.installed, record.folder)
  const plugin = await readPlugin(await realpath(folder), record.name)
  const values = await readOptions(nameOf(record), ports.folders)
  const options = plugin.options.map(({ key, title, required, sensitive, fallback }) => {
    const set = values.has(key)
    return { key, title, required, sensitive, set, ...(sensitive ? {} : { value: values.get(key) ?? fallback }) }
  })
  const [skills, commands] = [await names(join(folder, 'skills')), await names(join(folder, 'commands'))]
  const allowed = await isAllowed(record, ports)
  const rows = [
    ['version', record.version],
    ['from', renderFrom(record)],
    ['folder', folder],
    ['state', record.enabled ? 'on' : 'off'],
    ['messages', allowed ? 'let in where a session names it' : `not let in; plugin allow ${nameOf(record)}`],
    ['servers', plugin.servers.map(({ name }) => name).join(', ') || 'none'],
    ['skills', skills.join(', ') || 'none'],
    ['commands', commands.join(', ') || 'none'],
    ...options.map(({ key, title, required, sensitive, set, value }) => {
      const answer = sensitive ? (set ? 'set, and never shown' : 'not set') : (value ?? 'not set')
      return [key, `${answer}  (${title}${required ? ', required' : ''})`]
    }),
    ...plugin.problems.map(({ message }) => ['problem', message]),
  ]
  const data = {
    ...record,
    source: renderFrom(record),
    folder,
    allowed,
    servers: plugin.servers.map(({ name }) => name),
    skills,
    commands,
    options,
  }
  return { ok: true, text: `${nameOf(record)}\n${table(rows)}`, data }
}

async function names(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => []))
    .filter((name) => !name.startsWith('.'))
    .map((name) => name.replace(/\.md$/, ''))
    .sort()
}

async function builtin({ builtin }: VerbPorts): Promise<readonly string[]> {
  return await readMarketplace(builtin).then(
    ({ plugins }) => plugins.map(({ name }) => name),
    (thrown: unknown) => [renderError(thrown)],
  )
}
