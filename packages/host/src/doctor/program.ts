/** Runs a command of a channel's own program (`PROGRAM NAME ARGS…`), with the environment the channel would get. */
import { type ChildProcess, spawn } from 'node:child_process'
import { BackchannelError, type PluginEntry, toError } from '@backchannel/protocol'
import { channelEnvironment } from '../channels/environment.ts'
import type { ServerCommand } from '../channels/process.ts'
import type { Catalog } from '../plugins/catalog.ts'

export interface ProgramOptions {
  readonly catalog: Catalog
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly platform: NodeJS.Platform
}

/** @throws BackchannelError `plugin-not-found` or `plugin-invalid` */
export async function findProgram(entry: PluginEntry, options: ProgramOptions): Promise<ServerCommand> {
  const { server, root, variables } = await options.catalog.find(entry)
  const { env, home, platform } = options
  return {
    command: server.command,
    args: server.args,
    env: channelEnvironment({ env, home, platform, entry, server, root, variables }),
    cwd: server.cwd ?? options.cwd,
  }
}

export interface ProgramOutput {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A program that prints more than this is not understood. */
const OUTPUT_BYTES = 4 * 1024 * 1024

/** Runs it to its end and collects what it prints. @throws BackchannelError `spawn-failed` */
export async function readProgram(
  program: ServerCommand,
  args: readonly string[],
  limitMs: number,
): Promise<ProgramOutput> {
  const child = spawn(program.command, [...program.args, ...args], {
    cwd: program.cwd,
    env: { ...program.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.timeout(limitMs),
    killSignal: 'SIGKILL',
  })
  const stdout = collect(child.stdout)
  const stderr = collect(child.stderr)
  const status = await ended(child, program.command)
  return { status, stdout: stdout(), stderr: stderr() }
}

/** Runs it with this process's own input and output. @returns its status */
export async function runProgram(program: ServerCommand, args: readonly string[]): Promise<number> {
  const child = spawn(program.command, [...program.args, ...args], {
    cwd: program.cwd,
    env: { ...program.env },
    stdio: 'inherit',
  })
  return (await ended(child, program.command)) ?? 1
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const parts: Buffer[] = []
  let bytes = 0
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= OUTPUT_BYTES) parts.push(chunk)
  })
  return () => Buffer.concat(parts).toString('utf8')
}

function ended(child: ChildProcess, command: string): Promise<number | null> {
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  child.once('close', resolve)
  child.once('error', (error) => {
    const what = error.name === 'AbortError' ? 'it did not end in time' : toError(error).message
    reject(
      new BackchannelError('spawn-failed', `Running "${command}" failed: ${what}.`, {
        hint: 'Check that the command is installed and on PATH.',
        cause: error,
      }),
    )
  })
  return promise
}
