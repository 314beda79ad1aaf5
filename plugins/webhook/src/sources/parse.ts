/** Reads the sources file into sources, whole or not at all. */
import { APPROVAL_PARTS } from '../approvals/parts.ts'
import { type Environment, HOST_PATTERN } from '../config.ts'
import { parseFilter } from '../rules/filter.ts'
import { type ParseTemplate, parseMeta } from '../rules/meta.ts'
import { TEMPLATE_UNITS, type TemplateEngine } from '../rules/template.ts'
import { SCHEME_NAMES, SCHEMES } from '../schemes/index.ts'
import { DEFAULT_SETTINGS, type HmacSettings, type Scheme, type SchemeSettings } from '../schemes/scheme.ts'
import { isPublicKey } from '../schemes/signing-key.ts'
import {
  describe,
  type Fields,
  inside,
  type Place,
  readChoice,
  readFields,
  readFlag,
  readList,
  readNumber,
  readText,
  refuse,
} from './fields.ts'
import { readSecrets, resolveSecrets } from './secrets.ts'
import { type Coalescing, OWN_PATHS, type Source, type Sources } from './source.ts'

export interface ParseOptions {
  /** Named in errors. */
  readonly file: string
  readonly env: Environment
  /** Missing where the text holds no template. */
  readonly engine?: TemplateEngine
}

export const MOST_SOURCES = 100
export const NAME_PATTERN: RegExp = /^[a-z0-9][a-z0-9_-]{0,39}$/
export const PATH_PATTERN: RegExp = /^(?:\/[A-Za-z0-9._~-]+)+$/
const FILE_KEYS = ['host', 'default', 'sources']
const SOURCE_KEYS = ['name', 'path', 'scheme', 'secrets', 'hmac', 'tolerance_s', 'approver', 'session']
const RULE_KEYS = ['filter', 'template', 'meta', 'coalesce', 'limit']
const SESSION_RULE = { expected: "a session's name, or the path of its folder", pattern: /^[^\p{Cc}]+$/u, most: 1000 }
/** Senders wait some ten seconds for their answer, and it comes when the window has closed. */
const MOST_WINDOW_MS = 8000

/** @throws BackchannelError `settings-invalid` */
export function parseSources(value: unknown, options: ParseOptions): Sources {
  const place = { file: options.file, field: '' }
  const fields = readFields(value, place, FILE_KEYS)
  const byPath = new Map<string, Source>()
  const names = new Set<string>()
  const warnings: string[] = []
  const at = inside(place, 'sources')
  for (const [index, one] of readList(fields['sources'] ?? [], at, 0, MOST_SOURCES).entries()) {
    const source = parseSource(one, inside(at, index), options, warnings)
    if (names.has(source.name)) refuse(inside(inside(at, index), 'name'), 'a name of its own', describe(source.name))
    const twin = [...byPath.keys()].find((path) => foldPath(path) === foldPath(source.path))
    if (twin)
      refuse(inside(inside(at, index), 'path'), 'a path of its own', `${describe(source.path)} beside "${twin}"`)
    names.add(source.name)
    byPath.set(source.path, source)
  }
  for (const { approver, path } of byPath.values()) {
    const own = approver ? APPROVAL_PARTS.map((part) => `${foldPath(path)}/${part}`) : []
    const taken = [...byPath.keys()].find((other) => own.includes(foldPath(other)))
    if (taken) refuse(at, `no source at "${taken}", where requests of "${path}" are answered`, 'one')
  }
  const { host } = fields
  const hostRule = { expected: 'an address or host name', pattern: HOST_PATTERN, most: 255 }
  return {
    takesOthers: fields['default'] === undefined || readFlag(fields['default'], inside(place, 'default')),
    byPath,
    warnings,
    ...(host === undefined ? {} : { host: readText(host, inside(place, 'host'), hostRule) }),
  }
}

/** Paths that a person, or a sender, takes for the same one. */
export function foldPath(path: string): string {
  return path
    .toLowerCase()
    .replace(/\/+$/, '')
    .replace(/\/{2,}/g, '/')
}

function parseSource(value: unknown, place: Place, options: ParseOptions, warnings: string[]): Source {
  const fields = readFields(value, place, [...SOURCE_KEYS, ...RULE_KEYS])
  const nameRule = { expected: 'a name of small letters, digits, "-" and "_"', pattern: NAME_PATTERN, most: 40 }
  const name = readText(fields['name'], inside(place, 'name'), nameRule)
  if (name === 'default') refuse(inside(place, 'name'), 'a name other than "default"', 'the one of the built-in source')
  const pathRule = { expected: 'a path such as "/github"', pattern: PATH_PATTERN, most: 200 }
  const path = readText(fields['path'] ?? `/${name}`, inside(place, 'path'), pathRule)
  if (OWN_PATHS.has(foldPath(path))) refuse(inside(place, 'path'), 'a path of its own', "the channel's own")
  const scheme = parseScheme(fields['scheme'], inside(place, 'scheme'))
  const secrets = parseSecrets(fields, place, scheme)
  const { secrets: values, problems } = resolveSecrets(secrets, scheme, options.env)
  warnings.push(...problems.map((problem) => `the source "${name}": ${problem}`))
  return {
    name,
    path,
    scheme,
    settings: parseSettings(fields, place, scheme),
    written: secrets,
    secrets: values,
    ...(scheme.signed && values.length === 0
      ? { refused: `The source "${name}" has no secret it could use now.` }
      : {}),
    approver: parseApprover(fields, place, scheme, secrets),
    ...(fields['session'] === undefined
      ? {}
      : { session: readText(fields['session'], inside(place, 'session'), SESSION_RULE) }),
    ...parseRules(fields, place, options),
  }
}

/** What the agent runs can read this file: a secret that signs must not be in it, or the agent could approve for itself. */
function parseApprover(fields: Fields, place: Place, scheme: Scheme, secrets: readonly string[]): boolean {
  const { approver } = fields
  const at = inside(place, 'approver')
  if (approver === undefined || !readFlag(approver, at)) return false
  if (!scheme.signed) refuse(at, 'a source with a secret', `the scheme "${scheme.name}", which has none`)
  if (scheme.name !== 'standard') refuse(at, 'the scheme "standard" and public keys beside it', `"${scheme.name}"`)
  if (secrets.every(isPublicKey)) return true
  const expected = 'secrets that are public keys (whpk_…), since every program of yours can read this file'
  return refuse(at, expected, 'a secret that whoever reads it can sign with')
}

function parseScheme(value: unknown, place: Place): Scheme {
  const scheme = typeof value === 'string' ? SCHEMES.get(value) : undefined
  return scheme ?? refuse(place, `one of ${SCHEME_NAMES}`, describe(value))
}

function parseSecrets(fields: Fields, place: Place, scheme: Scheme): readonly string[] {
  const { secrets } = fields
  if (scheme.signed) return readSecrets(secrets, inside(place, 'secrets'), scheme)
  if (secrets !== undefined) refuse(inside(place, 'secrets'), 'no secrets for the scheme "none"', 'some')
  return []
}

function parseSettings(fields: Fields, place: Place, scheme: Scheme): SchemeSettings {
  const { hmac, tolerance_s: tolerance } = fields
  if (hmac !== undefined && scheme.name !== 'hmac')
    refuse(inside(place, 'hmac'), 'the scheme "hmac" beside it', `"${scheme.name}"`)
  if (tolerance !== undefined && !scheme.timed) {
    refuse(inside(place, 'tolerance_s'), 'a scheme that signs the time', `"${scheme.name}"`)
  }
  return {
    toleranceSeconds:
      tolerance === undefined
        ? DEFAULT_SETTINGS.toleranceSeconds
        : readNumber(tolerance, inside(place, 'tolerance_s'), 10, 86_400),
    hmac: hmac === undefined ? DEFAULT_SETTINGS.hmac : parseHmac(hmac, inside(place, 'hmac')),
  }
}

function parseHmac(value: unknown, place: Place): HmacSettings {
  const fields = readFields(value, place, ['header', 'algorithm', 'encoding', 'prefix'])
  const { header, algorithm, encoding, prefix } = DEFAULT_SETTINGS.hmac
  const headerRule = { expected: 'the name of a header', pattern: /^[A-Za-z0-9-]+$/, most: 100 }
  const prefixRule = { expected: 'a short text', pattern: /^[\x21-\x7e]*$/, least: 0, most: 40 }
  return {
    header: readText(fields['header'] ?? header, inside(place, 'header'), headerRule).toLowerCase(),
    algorithm: readChoice(fields['algorithm'] ?? algorithm, inside(place, 'algorithm'), [
      'sha1',
      'sha256',
      'sha384',
      'sha512',
    ]),
    encoding: readChoice(fields['encoding'] ?? encoding, inside(place, 'encoding'), ['hex', 'base64']),
    prefix: readText(fields['prefix'] ?? prefix, inside(place, 'prefix'), prefixRule),
  }
}

type Rules = Pick<Source, 'filter' | 'template' | 'meta' | 'coalesce' | 'limit'>

function parseRules(fields: Fields, place: Place, { engine }: ParseOptions): Rules {
  const parse: ParseTemplate = (text, at) => {
    try {
      if (engine === undefined) throw new Error('the template engine is not there')
      return engine.parse(text)
    } catch (thrown) {
      const problem = thrown instanceof Error ? (thrown.message.split('\n', 1)[0] ?? '') : String(thrown)
      return refuse(at, 'a Liquid template', `one that can't be read: ${problem}`)
    }
  }
  const { filter, template, meta, coalesce, limit } = fields
  const templateRule = { expected: 'a Liquid template', most: TEMPLATE_UNITS }
  return {
    meta: meta === undefined ? [] : parseMeta(meta, inside(place, 'meta'), parse),
    ...(filter === undefined ? {} : { filter: parseFilter(filter, inside(place, 'filter')) }),
    ...(template === undefined
      ? {}
      : {
          template: parse(readText(template, inside(place, 'template'), templateRule), inside(place, 'template')),
        }),
    ...(coalesce === undefined ? {} : { coalesce: parseCoalescing(coalesce, inside(place, 'coalesce'), parse) }),
    ...(limit === undefined ? {} : { limit: parseLimit(limit, inside(place, 'limit')) }),
  }
}

function parseCoalescing(value: unknown, place: Place, parse: ParseTemplate): Coalescing {
  const fields = readFields(value, place, ['key', 'window_ms', 'max'])
  const key = inside(place, 'key')
  return {
    key: parse(readText(fields['key'], key, { expected: 'a Liquid template', most: 2000 }), key),
    windowMs: readNumber(fields['window_ms'] ?? 2000, inside(place, 'window_ms'), 10, MOST_WINDOW_MS),
    max: readNumber(fields['max'] ?? 100, inside(place, 'max'), 2, 1000),
  }
}

function parseLimit(value: unknown, place: Place): { perMinute: number } {
  const fields = readFields(value, place, ['per_minute'])
  return { perMinute: readNumber(fields['per_minute'], inside(place, 'per_minute'), 1, 100_000) }
}
