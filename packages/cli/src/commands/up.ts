/** `backchannel up CHANNEL…`: holds accounts with no session, so that a bot is never deaf; `status`, `down`, and a service of the system. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCatalog, type HostPaths, hostPaths } from '@backchannel/host'
import { type Diagnosis, diagnose, renderDiagnosis } from '@backchannel/host/doctor'
import { BackchannelError, type PluginEntry, parseEntry, renderEntry } from '@backchannel/protocol'
import { Command } from 'commander'
import { isAlive, readRecords, removeRecord, type UpRecord, writeRecord } from '../up/records.ts'
import { createRotatingLog } from '../up/rotating-log.ts'
import { planService } from '../up/service.ts'

const EXAMPLES = `
Examples:
  backchannel up telegram                here, until Ctrl-C
  backchannel up telegram --detach       in the background; its log is below ~/.backchannel/logs
  backchannel up telegram --install      a service that the system starts: systemd or launchd
  backchannel up telegram --install --dry-run
  backchannel up status                  who holds what, which sessions are attached, how much waits
  backchannel up down telegram           ends it; without a name, all of them

What comes while no session runs waits in the journal; the sender is told so, and the next session gets it.
Exit codes: 0 ended, 1 failed, 2 usage, 3 every channel refused.`

interface Options {
  readonly detach: boolean
  readonly install: boolean
  readonly dryRun: boolean
  readonly json: boolean
}

/** @returns the exit code */
export async function up(args: readonly string[], builtIn: string): Promise<number> {
  const program = new Command('backchannel up')
    .description('Holds the accounts of channels with no session, so that they are always on.')
    .argument('<what...>', 'channels by name or entry; or: status, down [channels...]')
    .option('--detach', 'go on in the background', false)
    .option('--install', 'write a service that the system starts, and say how to start it', false)
    .option('--dry-run', 'with --install: only print what would be written', false)
    .option('--json', 'with status: one JSON object', false)
    .addHelpText('after', EXAMPLES)
    .exitOverride()
  program.parse([...args], { from: 'user' })
  const options = program.opts<Options>()
  const paths = hostPaths(process.env, process.platform, homedir())
  const [verb, ...rest] = program.args
  if (verb === 'status') return status(rest.map(toEntry), options, paths, builtIn)
  if (verb === 'down') return down(rest.map(toEntry), paths)
  const entries = program.args.map(toEntry)
  await assertShared(entries, builtIn)
  if (options.install) return install(entries, options.dryRun)
  await assertFree(entries, paths)
  return options.detach ? detach(program.args, entries, paths) : keep(entries, paths, builtIn)
}

async function keep(entries: readonly PluginEntry[], paths: HostPaths, builtIn: string): Promise<number> {
  const { keepAccounts } = await import('../up/keep.ts')
  const log = createRotatingLog(logFile(entries, paths))
  const record: UpRecord = {
    pid: process.pid,
    entries: entries.map(renderEntry),
    since: new Date().toISOString(),
    log: log.file,
  }
  await writeRecord(paths, record)
  try {
    return await keepAccounts({
      ...{ entries, builtIn, paths },
      write(line) {
        log.write(line)
        // A parent that has left must not end it.
        if (process.send === undefined) process.stdout.write(`${line}\n`)
      },
      ready(isHeld) {
        process.send?.({ isHeld })
        process.disconnect?.()
      },
    })
  } finally {
    await removeRecord(paths, process.pid)
  }
}

/** Starts this command again in the background, and waits until it holds something. */
async function detach(names: readonly string[], entries: readonly PluginEntry[], paths: HostPaths): Promise<number> {
  const log = logFile(entries, paths)
  const child = spawn(process.execPath, [process.argv[1] ?? '', 'up', ...names], {
    cwd: homedir(),
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const isHeld = await held(child)
  child.unref()
  if (isHeld) process.stdout.write(`${names.join(', ')}: held by process ${child.pid}. Its log: ${log}\n`)
  else process.stderr.write(`backchannel up: it did not start. Its log says why: ${log}\n`)
  return isHeld ? 0 : 1
}

async function held(child: ChildProcess): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  child.once('message', (message) => resolve((message as { isHeld?: unknown }).isHeld === true))
  child.once('exit', () => resolve(false))
  child.once('error', () => resolve(false))
  return promise
}

async function install(entries: readonly PluginEntry[], isDry: boolean): Promise<number> {
  const command = [process.execPath, process.argv[1] ?? '']
  const { env, platform } = process
  const { path, content, next } = planService({
    channels: entries.map(nameOf),
    command,
    home: homedir(),
    env,
    platform,
  })
  if (!isDry) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content, { mode: 0o600 })
  }
  process.stdout.write(
    `${isDry ? 'Would write' : 'Wrote'} ${path}:\n\n${content}\nNow:\n${next.map((line) => `  ${line}\n`).join('')}`,
  )
  return 0
}

async function status(
  asked: readonly PluginEntry[],
  { json }: Options,
  paths: HostPaths,
  builtIn: string,
): Promise<number> {
  const records = await readRecords(paths)
  const found = (await look(asked.length > 0 ? asked : await listed(builtIn), builtIn)).filter(isShared)
  const used = asked.length > 0 ? found : found.filter(({ report }) => report?.used === true)
  if (json) process.stdout.write(`${JSON.stringify({ up: records, channels: used })}\n`)
  else {
    const running = records.map(
      ({ pid, entries, since, log }) => `up: process ${pid} since ${since} for ${entries.join(', ')}; log ${log}`,
    )
    const lines = [...running, ...used.map((one) => renderDiagnosis(one, new Date()))]
    process.stdout.write(`${lines.length === 0 ? 'Nothing is held, and no channel was used yet.' : lines.join('\n')}\n`)
  }
  return 0
}

const DOWN_MS = 5_000

async function down(asked: readonly PluginEntry[], paths: HostPaths): Promise<number> {
  const names = asked.map(renderEntry)
  const records = (await readRecords(paths)).filter(
    ({ entries }) => names.length === 0 || names.some((name) => entries.includes(name)),
  )
  if (records.length === 0) {
    process.stdout.write(
      `Nothing to end: no backchannel up runs${names.length === 0 ? '' : ` for ${names.join(', ')}`}.\n`,
    )
    return 0
  }
  for (const { pid } of records) process.kill(pid, 'SIGTERM')
  const until = performance.now() + DOWN_MS
  while (records.some(({ pid }) => isAlive(pid)) && performance.now() < until) await sleep(50)
  for (const { pid, entries } of records) {
    process.stdout.write(
      `${entries.join(', ')}: ${isAlive(pid) ? `process ${pid} does not end` : `process ${pid} has ended`}\n`,
    )
  }
  return records.some(({ pid }) => isAlive(pid)) ? 1 : 0
}

/** A channel that is not shared would hand its events to nobody. */
async function assertShared(entries: readonly PluginEntry[], builtIn: string): Promise<void> {
  for (const one of await look(entries, builtIn)) {
    if (one.error !== undefined) throw new BackchannelError('usage', `${one.entry} can't be held: ${one.error}`)
    if (!isShared(one)) {
      throw new BackchannelError(
        'usage',
        `${one.entry} can't be held with no session: its events are for one session alone.`,
        {
          hint: 'Name it after --channels of a session.',
        },
      )
    }
  }
}

async function assertFree(entries: readonly PluginEntry[], paths: HostPaths): Promise<void> {
  const names = entries.map(renderEntry)
  const other = (await readRecords(paths)).find((record) => record.entries.some((one) => names.includes(one)))
  if (!other) return
  throw new BackchannelError(
    'usage',
    `${other.entries.join(', ')}: process ${other.pid} holds it already, since ${other.since}.`,
    {
      hint: 'backchannel up status shows it, backchannel up down ends it.',
    },
  )
}

function look(entries: readonly PluginEntry[], builtIn: string): Promise<readonly Diagnosis[]> {
  const paths = hostPaths(process.env, process.platform, homedir())
  const { env, platform } = process
  const cwd = process.cwd()
  const catalog = createCatalog({ builtin: builtIn, installed: paths.plugins, cwd, env })
  const signal = new AbortController().signal
  return diagnose({
    catalog,
    cwd,
    env,
    home: homedir(),
    platform,
    entries,
    settings: [],
    ping: false,
    signal,
    progress() {},
  })
}

async function listed(builtIn: string): Promise<readonly PluginEntry[]> {
  const all = await createCatalog({ builtin: builtIn, env: process.env }).list()
  return all.filter(({ marketplace }) => marketplace === 'backchannel').map(({ name }) => toEntry(name))
}

function isShared({ report }: Diagnosis): boolean {
  return report?.hub !== undefined
}

function nameOf(entry: PluginEntry): string {
  return entry.marketplace === 'backchannel' && entry.instance === undefined ? entry.name : renderEntry(entry)
}

function logFile(entries: readonly PluginEntry[], paths: HostPaths): string {
  return join(
    paths.logs,
    `up-${entries.map(({ name, instance }) => (instance ? `${name}-${instance}` : name)).join('-')}.log`,
  )
}

/** A bare name means the channel that comes with the command. */
function toEntry(text: string): PluginEntry {
  const entry = parseEntry(text.includes(':') ? text : `plugin:${text}@backchannel`)
  if (entry.kind === 'plugin') return entry
  throw new BackchannelError(
    'usage',
    `${text} is a server of an MCP file, and only plugins can be held with no session.`,
    {
      hint: 'Give a plugin, for example telegram.',
    },
  )
}
