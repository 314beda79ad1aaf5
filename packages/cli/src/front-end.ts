/** How a session is shown and steered: a terminal, plain text, or JSON; loaded only as far as it is used. */
import {
  COMMANDS,
  createJsonRenderer,
  createPlainRenderer,
  createResultRenderer,
  type EventStream,
  type FrontEnd,
  type Session,
  type SessionInput,
  supportsTerminal,
} from '@backchannel/host'
import type { SessionArguments } from './options.ts'

export interface FrontEndOptions {
  readonly stream: EventStream
  readonly arguments: SessionArguments
  readonly cwd: string
  readonly version: string
  /** True with channels: then text output is the whole transcript, not the answer alone. */
  readonly staysOpen: boolean
  /** Once it has started. */
  session(): Session | undefined
  onInput(input: SessionInput): void
  /** Nobody reads our output any more. */
  onClosed(): void
}

/** A terminal only where both ends are one and nothing asked for another form. */
export function isInteractive({ print, outputFormat, inputFormat }: SessionArguments): boolean {
  const formats = outputFormat === 'text' && inputFormat === 'text'
  return formats && !print && supportsTerminal({ stdin: process.stdin, stdout: process.stdout, env: process.env })
}

export async function openFrontEnd(options: FrontEndOptions): Promise<FrontEnd> {
  const { stream, onInput, cwd, version } = options
  if (isInteractive(options.arguments)) {
    const { startTerminal } = await import('@backchannel/host/terminal')
    const commands = () => (options.session()?.commands() ?? COMMANDS).map(({ name, summary }) => ({ name, summary }))
    const complete = async (text: string) => (await options.session()?.complete(text)) ?? []
    return startTerminal({ stream, onInput, commands, complete, cwd, version })
  }
  switch (options.arguments.outputFormat) {
    case 'stream-json':
      return createJsonRenderer(stream, process.stdout, { onClosed: options.onClosed })
    case 'json':
      return createResultRenderer(stream, process.stdout, { onClosed: options.onClosed })
    case 'text':
      return createPlainRenderer(stream, process.stdout, {
        quiet: !options.staysOpen,
        errors: process.stderr,
        onClosed: options.onClosed,
      })
  }
}
