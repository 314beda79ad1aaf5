/** `/NAME:configure`: shows what is set, takes a secret without showing it, keeps it in `.env`, and throws it away again. */
import { type AccessResult, type CompletionChoice, nearest, renderError } from '@backchannel/protocol'
import { envFile, readEnvFile, writeEnvVariable } from './env-file.ts'
import type { ConfigureSettings, SecretSetting } from './settings.ts'

export interface ConfigurePorts {
  /** As the operator calls it: `/telegram:configure`. */
  readonly command: string
  readonly settings: ConfigureSettings
  readonly env: Readonly<Record<string, string | undefined>>
  /** Lines about who may write, of a channel that has such a list. */
  readonly access?: () => Promise<readonly string[]>
  /** How the channel starts again, so that a new secret counts. */
  readonly restart: string
  readonly signal: AbortSignal
}

const CLEAR = 'clear'
/** A platform that does not answer by then is not waited for. */
const CHECK_LIMIT_MS = 8_000
const LONGEST_SECRET = 4_096

/**
 * @param secret what the operator typed without it being shown, or piped in
 * @returns with `ask` set where a secret is needed first. Never rejects, and never says the secret.
 */
export async function runConfigure(
  args: readonly string[],
  ports: ConfigurePorts,
  secret?: string,
): Promise<AccessResult> {
  const { secrets = [] } = ports.settings
  const [word, ...more] = args
  try {
    if (word === undefined || word === 'status') return { ok: true, text: await renderStatus(ports) }
    if (word === '--json') return { ok: true, text: JSON.stringify(await describe(ports)) }
    if (word === 'help' || word === '--help' || word === '-h') return { ok: true, text: renderHelp(ports) }
    if (secrets.length === 0) return refuse(`There is nothing to set here.`, ports)
    if (word === CLEAR || more[0] === CLEAR) {
      const named = word === CLEAR ? more[0] : word
      const setting =
        named === undefined && secrets.length === 1 ? secrets[0] : secrets.find(({ name }) => name === named)
      if (!setting || more.length > 1) return refuse('clear takes the name of one of the settings.', ports)
      return await clear(setting, ports)
    }
    const setting = secrets.find(({ name }) => name === word)
    if (setting && more.length === 0) {
      if (secret === undefined) return { ok: true, text: '', ask: setting.ask }
      return await take(setting, secret, ports)
    }
    const [only] = secrets
    const given = setting ? more : args
    if (given.length !== 1 || (!setting && secrets.length > 1) || only === undefined) {
      const meant = nearest(word, [...secrets.map(({ name }) => name), CLEAR])
      return refuse(`That is none of the settings.${meant === undefined ? '' : ` Did you mean ${meant}?`}`, ports)
    }
    return await takeArgument(setting ?? only, given[0] ?? '', ports)
  } catch (thrown) {
    return { ok: false, text: scrub(renderError(thrown), [secret, ...args.slice(1)]) }
  }
}

export function completeConfigure(args: readonly string[], { secrets = [] }: ConfigureSettings): CompletionChoice[] {
  const words = secrets.map(({ name, ask }) => ({ value: name, summary: ask }))
  const clearing = args.length === 2 && secrets.some(({ name }) => name === args[0])
  const offered =
    args.length <= 1
      ? [
          { value: 'status', summary: 'what is set' },
          ...words,
          ...(words.length > 0 ? [{ value: CLEAR, summary: 'throws it away' }] : []),
          HELP,
        ]
      : clearing
        ? [{ value: CLEAR, summary: 'throws it away' }]
        : args[0] === CLEAR
          ? words
          : []
  return offered.filter(({ value }) => value.startsWith(args.at(-1) ?? ''))
}

const HELP = { value: 'help', summary: 'what can follow' }

async function take(setting: SecretSetting, given: string, ports: ConfigurePorts): Promise<AccessResult> {
  const secret = given.trim()
  const problem = secret === '' ? 'nothing was given' : findProblem(setting, secret)
  if (problem !== undefined) return refuse(`The ${setting.name} was not taken: ${scrub(problem, [secret])}.`, ports)
  const checked = await check(setting, secret, ports.signal)
  if (!checked.ok) return { ok: false, text: scrub(`The ${setting.name} was not taken: ${checked.text}`, [secret]) }
  const { directory } = ports.settings
  await writeEnvVariable(directory, setting.variable, secret)
  const inTheWay = ports.env[setting.variable]?.trim()
  const hidden =
    inTheWay && inTheWay !== secret
      ? [`${setting.variable} of the environment goes before it, and holds another one.`]
      : []
  const lines = [
    `The ${setting.name} is kept in ${envFile(directory)}${checked.text === '' ? '' : `: ${checked.text}`}.`,
    ...hidden,
    `It counts once the channel starts again: ${ports.restart}`,
  ]
  return { ok: true, text: scrub(lines.join('\n'), [secret]) }
}

async function takeArgument(setting: SecretSetting, given: string, ports: ConfigurePorts): Promise<AccessResult> {
  const { ok, text } = await take(setting, given, ports)
  if (!ok) return { ok, text }
  const why = 'a command line is kept in histories, and other programs can see it'
  return {
    ok,
    text: `${text}\nNext time give no secret with the command: ${why}. ${ports.command} ${setting.name} asks for it.`,
  }
}

async function clear(setting: SecretSetting, { settings, restart }: ConfigurePorts): Promise<AccessResult> {
  const { directory } = settings
  const was = (await readEnvFile(directory)).has(setting.variable)
  if (!was) return { ok: false, text: `There is no ${setting.name} in ${envFile(directory)}.` }
  await writeEnvVariable(directory, setting.variable, undefined)
  return {
    ok: true,
    text: `The ${setting.name} is gone from ${envFile(directory)}. A running channel goes on with it: ${restart}`,
  }
}

function findProblem({ problem }: SecretSetting, secret: string): string | undefined {
  if (secret.length > LONGEST_SECRET) return `it has more than ${LONGEST_SECRET} characters`
  if (/\p{Cc}/u.test(secret)) return 'it has control characters in it'
  return problem?.(secret)
}

async function check(
  setting: SecretSetting,
  secret: string,
  signal: AbortSignal,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  if (!setting.check) return { ok: true, text: '' }
  try {
    return await setting.check(secret, AbortSignal.any([signal, AbortSignal.timeout(CHECK_LIMIT_MS)]))
  } catch (thrown) {
    return { ok: true, text: `it could not be checked (${renderError(thrown).replace(/\.$/, '')})` }
  }
}

/** For scripts. */
async function describe({ settings, env }: ConfigurePorts): Promise<Record<string, unknown>> {
  const { directory, secrets = [], status } = settings
  const file = await readEnvFile(directory)
  return {
    state_directory: directory,
    secrets: secrets.map(({ name, variable }) => ({
      name,
      variable,
      set: env[variable]?.trim() ? 'environment' : file.get(variable) ? 'file' : null,
    })),
    notes: (await status?.()) ?? [],
  }
}

async function renderStatus({ settings, env, command, access }: ConfigurePorts): Promise<string> {
  const { directory, secrets = [], status } = settings
  const file = await readEnvFile(directory)
  const missing = secrets.find(({ variable }) => !env[variable]?.trim() && !file.get(variable))
  const lines = secrets.map(({ name, variable }) => {
    if (env[variable]?.trim()) return `${name}: set, by ${variable} of the environment`
    return file.get(variable) ? `${name}: set, in ${envFile(directory)}` : `${name}: not set`
  })
  const further = await (async () => status?.())().catch((thrown) => [renderError(thrown)])
  return [
    ...lines,
    ...(further ?? []),
    `state: ${directory}`,
    ...((await access?.()) ?? []),
    ...(missing ? [`Next: ${command} ${missing.name}. ${missing.ask}; it is asked for without being shown.`] : []),
  ].join('\n')
}

function renderHelp({ command, settings }: ConfigurePorts): string {
  const { secrets = [] } = settings
  const rows = [
    ['status', 'shows what is set, as nothing does'] as const,
    ...secrets.map(({ name, ask }) => [name, `asks for it: ${ask}`] as const),
    ...(secrets.length === 0
      ? []
      : [[`${CLEAR} ${secrets.map(({ name }) => name).join('|')}`, 'throws it away'] as const]),
  ]
  const width = Math.max(...rows.map(([words]) => `${command} ${words}`.length))
  const [first] = secrets
  return [
    ...rows.map(([words, meaning]) => `  ${`${command} ${words}`.trim().padEnd(width)}  ${meaning}`),
    '',
    `For example: ${command}${first === undefined ? '' : ` ${first.name}`}`,
  ].join('\n')
}

function refuse(problem: string, ports: ConfigurePorts): AccessResult {
  return { ok: false, text: `${problem}\n${renderHelp(ports)}` }
}

/** Whatever a platform or the system says about it, the secret is not said again. */
function scrub(text: string, secrets: readonly (string | undefined)[]): string {
  return secrets.reduce<string>(
    (said, secret) => (secret === undefined || secret.length < 4 ? said : said.replaceAll(secret, '[secret]')),
    text,
  )
}
