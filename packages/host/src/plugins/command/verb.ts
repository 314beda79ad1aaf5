/** A verb of `backchannel plugin` and `/plugin`: the same on the command line and in a session. */
import type { ParseArgsConfig } from 'node:util'
import type { UserOption } from '../format/user-config.ts'
import type { PluginPorts } from '../plugin-ports.ts'

export interface VerbPorts extends PluginPorts {
  /** `~/.backchannel/settings.json`. */
  readonly settingsFile: string
  /** Asks the operator at a terminal; what is sensitive is not shown. Absent where nobody can be asked. */
  readonly ask?: (option: UserOption, current: string | undefined) => Promise<string>
  /** All of standard input. Absent in a session. */
  readonly readInput?: () => Promise<string>
}

export interface VerbResult {
  /** False for what could not be done: exit code 1. */
  readonly ok: boolean
  /** For people. */
  readonly text: string
  /** For scripts, after `--json`. */
  readonly data?: unknown
}

export interface VerbArguments {
  readonly names: readonly string[]
  /** As `parseArgs` gives them. */
  readonly flags: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>
}

export interface VerbFlag {
  readonly type: 'string' | 'boolean'
  /** What stands after it, for help: `KEY`. */
  readonly value?: string
  readonly help: string
  readonly multiple?: boolean
}

export interface Verb {
  /** One word or two: `install`, `marketplace add`. */
  readonly name: string
  /** Arguments as help shows them; empty for none. */
  readonly usage: string
  readonly summary: string
  /** How many names it takes. Default: exactly one. */
  readonly takes?: { readonly least: number; readonly most: number }
  /** Its flags with what help says of each; `--json` and `--help` are everybody's. */
  readonly flags?: Readonly<Record<string, VerbFlag>>
  /** Whether `--json` prints something. */
  readonly json?: boolean
  readonly examples: readonly string[]
  run(given: VerbArguments, ports: VerbPorts): Promise<VerbResult>
}

export function parseArgsOptions(verb: Verb): NonNullable<ParseArgsConfig['options']> {
  const own = Object.entries(verb.flags ?? {}).map(
    ([name, { type, multiple = false }]) => [name, { type, multiple }] as const,
  )
  return { ...Object.fromEntries(own), json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } }
}
