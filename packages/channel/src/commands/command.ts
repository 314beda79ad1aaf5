/** Commands of a channel's program: started as `PROGRAM NAME ARGS…` it runs one of these and ends, in place of serving. */
import { toError } from '@backchannel/protocol'
import { renderFault } from '../log.ts'

export interface CommandIo {
  /** Writes to stdout as it is; add the newline. */
  out(text: string): void
  /** Writes to stderr as it is; add the newline. */
  error(text: string): void
  /** Aborts on SIGTERM, SIGINT and SIGHUP. */
  readonly signal: AbortSignal
}

export interface ChannelCommand {
  /** Letters, digits and `-`. */
  readonly name: string
  /** One line, for help. */
  readonly summary: string
  /** The arguments as help shows them; empty for none. */
  readonly usage: string
  /** @returns the exit status: 0 done, 1 failed, 2 usage */
  run(args: readonly string[], io: CommandIo): Promise<number> | number
}

/**
 * The command that a program was started for, if any. A channel with commands of its own takes no other word in their
 * place; one without may have arguments of its own.
 */
export function findCommand(
  own: readonly ChannelCommand[],
  common: readonly ChannelCommand[],
  asked: string | undefined,
): ChannelCommand | undefined {
  const commands = [...own, ...common]
  const found = commands.find(({ name }) => name === asked)
  if (found || asked === undefined || asked.startsWith('-') || own.length === 0) return found
  return createUnknown(asked, commands)
}

function createUnknown(asked: string, commands: readonly ChannelCommand[]): ChannelCommand {
  return {
    name: asked,
    summary: '',
    usage: '',
    run(_args, io) {
      const names = commands.map(({ name }) => name).join(', ')
      io.error(`There is no command ${JSON.stringify(asked.slice(0, 80))} here. There are ${names}.\n`)
      return 2
    },
  }
}

/** Runs it and ends the process with its status. */
export async function runCommand(command: ChannelCommand, args: readonly string[]): Promise<never> {
  const ending = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(name, () => ending.abort())
  const io: CommandIo = {
    out: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(text),
    signal: ending.signal,
  }
  let status = 1
  try {
    status = await command.run(args, io)
  } catch (thrown) {
    io.error(`${command.name}: ${renderFault(toError(thrown))}\n`)
  }
  await flushed(process.stdout)
  process.exit(status)
}

/** A pipe may still hold what was written. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  stream.write('', () => resolve())
  return promise
}
