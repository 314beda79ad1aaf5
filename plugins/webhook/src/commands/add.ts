/** `webhook add`: makes a source, with a secret where none is given, and says where address and secret go. */
import { type CommandIo, readSecretInput } from '@backchannel/channel'
import { type Environment, parseConfig } from '../config.ts'
import { SCHEME_NAMES, SCHEMES } from '../schemes/index.ts'
import type { Scheme } from '../schemes/scheme.ts'
import { checkPublicKey, generateKeyPair, isPublicKey } from '../schemes/signing-key.ts'
import { standard } from '../schemes/standard.ts'
import { editSources, type WrittenSource } from '../sources/edit.ts'
import { sourcesFile } from '../sources/file.ts'
import { isVariable } from '../sources/secrets.ts'
import { type CommandLine, DONE, runWith, textOf, usage } from './command-line.ts'

const HELP = `Usage: backchannel webhook add NAME --scheme SCHEME [options]

Makes a source: a path of the webhook channel, and the proof that its sender gives.

  --scheme SCHEME      ${SCHEME_NAMES}
  --path PATH          where it is sent to; default: /NAME
  --secret-stdin       take the secret from standard input (slack and stripe make theirs themselves)
  --secret-env NAME    take it from this variable whenever the channel runs, and keep it out of the file;
                       a session hands on variables that begin with WEBHOOK_
  --header NAME        hmac: the header with the signature; default: X-Signature
  --algorithm NAME     hmac: sha1, sha256, sha384, sha512; default: sha256
  --encoding NAME      hmac: hex, base64; default: hex
  --prefix TEXT        hmac: what stands before the signature, such as "sha256="
  --approver           the source may approve what the agent asks for; scheme: standard, with a key pair of which
                       this machine keeps the public half (whpk_…); --secret-stdin takes one made elsewhere
  --session NAME       its events are for this session: its name, or the path of its folder (docs/setups.md)
  --json               print one JSON object

Without a secret given, one is generated and shown.

Examples:
  backchannel webhook add pager --approver
  backchannel webhook add github --scheme github
  pbpaste | backchannel webhook add payments --scheme stripe --secret-stdin
`

const HMAC_OPTIONS = ['header', 'algorithm', 'encoding', 'prefix'] as const
const OPTIONS = {
  scheme: { type: 'string' },
  path: { type: 'string' },
  'secret-stdin': { type: 'boolean' },
  'secret-env': { type: 'string' },
  header: { type: 'string' },
  algorithm: { type: 'string' },
  encoding: { type: 'string' },
  prefix: { type: 'string' },
  approver: { type: 'boolean' },
  session: { type: 'string' },
  json: { type: 'boolean' },
} as const

interface Secret {
  /** As it goes into the file; none for the scheme `none`. */
  readonly written?: string
  /** Set when it was made here, and has to be shown. */
  readonly generated?: string
}

export function add(args: readonly string[], io: CommandIo, env: Environment): Promise<number> {
  return runWith({ name: 'add', help: HELP, names: 1 }, OPTIONS, args, io, async (line) => {
    const [name = ''] = line.names
    const scheme = readScheme(line)
    const approver = line.values['approver'] === true
    const secret = approver ? await readKey(line, scheme, io) : await readSecret(line, scheme, io)
    const path = textOf(line, 'path') ?? `/${name}`
    const source = {
      name,
      path,
      scheme: scheme.name,
      ...readHmac(line, scheme),
      ...(secret.written ? { secrets: [secret.written] } : {}),
      ...(approver ? { approver } : {}),
      ...(textOf(line, 'session') === undefined ? {} : { session: textOf(line, 'session') }),
    }
    const file = sourcesFile(env)
    await editSources(file, env, (written) => ({ ...written, sources: [...(written.sources ?? []), source] }))
    const url = `http://localhost:${parseConfig(env).port}${path}`
    if (line.values['json'] === true) {
      const shown = secret.generated === undefined ? {} : { secret: secret.generated }
      io.out(`${JSON.stringify({ name, scheme: scheme.name, path, url, ...shown, file })}\n`)
    } else {
      io.out(render(source, scheme, url, secret, file))
    }
    return DONE
  })
}

function readScheme(line: CommandLine): Scheme {
  const given = textOf(line, 'scheme') ?? (line.values['approver'] === true ? standard.name : undefined)
  if (given === undefined) throw usage('add', `--scheme is missing; it is one of ${SCHEME_NAMES}`)
  const scheme = SCHEMES.get(given)
  if (scheme === undefined) throw usage('add', `there is no scheme "${given}", only ${SCHEME_NAMES}`)
  return scheme
}

async function readSecret(line: CommandLine, scheme: Scheme, io: CommandIo): Promise<Secret> {
  const variable = textOf(line, 'secret-env')
  const fromStdin = line.values['secret-stdin'] === true
  if (!scheme.signed) {
    if (fromStdin || variable !== undefined) throw usage('add', 'a source with the scheme "none" has no secret')
    return {}
  }
  if (variable !== undefined) {
    if (fromStdin) throw usage('add', '--secret-env and --secret-stdin exclude one another')
    if (!isVariable(variable)) throw usage('add', `"${variable}" is not the name of an environment variable`)
    if (!variable.startsWith('WEBHOOK_')) {
      io.error(
        `note: a session hands on variables that begin with WEBHOOK_ only; ${variable} may not reach the channel\n`,
      )
    }
    return { written: `env:${variable}` }
  }
  if (fromStdin) {
    const secret = await readSecretInput(io)
    const problem = secret === '' ? 'it is empty' : scheme.checkSecret(secret)
    if (problem !== undefined) throw usage('add', `the secret on standard input is not taken: ${problem}`)
    return { written: secret }
  }
  if (scheme.givenSecret) {
    throw usage('add', `${scheme.sender} makes the secret itself. ${scheme.setup} Pass it with --secret-stdin`)
  }
  const generated = scheme.generateSecret()
  return { written: generated, generated }
}

/** The private half is shown once and kept nowhere: what the agent runs could read it here, and approve by it. */
async function readKey(line: CommandLine, scheme: Scheme, io: CommandIo): Promise<Secret> {
  if (scheme !== standard) throw usage('add', `--approver is for the scheme "${standard.name}"`)
  if (textOf(line, 'secret-env') !== undefined) throw usage('add', '--approver takes no --secret-env')
  if (line.values['secret-stdin'] !== true) {
    const { publicKey, privateKey } = generateKeyPair()
    return { written: publicKey, generated: privateKey }
  }
  const key = await readSecretInput(io)
  const problem = isPublicKey(key) ? checkPublicKey(key) : 'it is no public key (whpk_…)'
  if (problem !== undefined) throw usage('add', `the key on standard input is not taken: ${problem}`)
  return { written: key }
}

function readHmac(line: CommandLine, scheme: Scheme): { hmac?: Record<string, string> } {
  const given = HMAC_OPTIONS.flatMap((option) => {
    const value = textOf(line, option)
    return value === undefined ? [] : [[option, value] as const]
  })
  if (given.length === 0) return {}
  if (scheme.name !== 'hmac') throw usage('add', `--${given[0]?.[0]} is for the scheme "hmac"`)
  return { hmac: Object.fromEntries(given) }
}

function render(source: WrittenSource, scheme: Scheme, url: string, secret: Secret, file: string): string {
  const kept =
    secret.generated ??
    (secret.written?.startsWith('env:') ? `from the variable ${secret.written.slice(4)}` : 'as given')
  if (source['approver'] === true) return renderApprover(source, url, secret, file)
  const outside = scheme.signed
    ? `\nTo be reached from outside, put a tunnel or reverse proxy in front of that address; the path stays.\n`
    : ''
  return `Added the source "${String(source['name'])}" to ${file}

  address  ${url}
${scheme.signed ? `  secret   ${kept}\n` : ''}
${scheme.setup}
${outside}
Try it, while a session runs: backchannel webhook test ${String(source['name'])}
`
}

function renderApprover({ name }: WrittenSource, url: string, { written, generated }: Secret, file: string): string {
  return `Added the source "${String(name)}" to ${file}

  requests    GET ${url}/requests
  answer      POST ${url}/verdict
  public key  ${written}
${
  generated === undefined
    ? ''
    : `  secret      ${generated}
`
}
${generated === undefined ? 'Whoever has the private key that belongs to it' : 'Keep the secret where the approver is, and not on this machine: it is shown this once, and whoever has it'}
can approve what the agent asks for. A session that runs already does not take it; start a new one.
`
}
