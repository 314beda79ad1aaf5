/** What the commands share: reading their arguments, their help, and how they fail. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { BackchannelError, type CommandIo } from '@backchannel/channel'

export interface CommandHelp {
  readonly name: string
  /** The whole text for `--help`, with an example. */
  readonly help: string
  /** How many names must follow. */
  readonly names: number
}

export interface CommandLine {
  readonly names: readonly string[]
  readonly values: Readonly<Record<string, string | boolean | undefined>>
}

/** Exit statuses. */
export const DONE = 0
export const FAILED = 1
export const USAGE = 2

/**
 * Runs `work` with the arguments read; prints help for `--help`, and whatever is wrong with a hint.
 * @returns the exit status
 */
export async function runWith(
  { name, help, names }: CommandHelp,
  options: ParseArgsOptionsConfig,
  args: readonly string[],
  io: CommandIo,
  work: (line: CommandLine) => Promise<number>,
): Promise<number> {
  const fail = (error: BackchannelError): number => {
    io.error(`webhook ${name}: ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}\n`)
    return error.code === 'usage' ? USAGE : FAILED
  }
  try {
    const line = parse(args, options, name)
    if (line.values['help'] === true) {
      io.out(help)
      return DONE
    }
    if (line.names.length !== names) throw usage(name, names === 1 ? 'give the name of one source' : 'no name is taken')
    return await work(line)
  } catch (thrown) {
    if (BackchannelError.is(thrown)) return fail(thrown)
    throw thrown
  }
}

export function usage(name: string, problem: string): BackchannelError {
  return new BackchannelError('usage', `The command line can't be used: ${problem}.`, {
    hint: `See: backchannel webhook ${name} --help`,
  })
}

function parse(args: readonly string[], options: ParseArgsOptionsConfig, name: string): CommandLine {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    })
    return { names: positionals, values: values as CommandLine['values'] }
  } catch (thrown) {
    // The runtime's own words are good, but some go on about "--" for a second sentence.
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    throw usage(name, message.split(/\. (?=To )/)[0]?.replace(/\.$/, '') ?? message)
  }
}

/** A text option, or `undefined`. */
export function textOf({ values }: CommandLine, option: string): string | undefined {
  const value = values[option]
  return typeof value === 'string' ? value : undefined
}
