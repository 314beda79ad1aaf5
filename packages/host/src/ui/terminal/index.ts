/** The interactive terminal of a session. Loads ink and React: import it only where a terminal shows it. */
import type { ReadStream, WriteStream } from 'node:tty'
import { toError } from '@backchannel/protocol'
import { createElement, type ReactNode } from 'react'
import type { EventStream } from '../events.ts'
import type { Dialogs, FrontEnd, SessionInput } from '../interaction.ts'
import { App } from './app.tsx'
import type { CommandHint } from './completion.ts'
import { createController } from './controller.ts'
import { Dialog } from './dialog.tsx'
import { type DialogContent, developmentChannels, folderTrust, serverConsent } from './dialog-content.ts'
import { type FrameRecord, repairOnResize } from './reflow.ts'
import { createScreens } from './screens.ts'
import { SecretDialog } from './secret-dialog.tsx'
import { createTheme, ThemeContext } from './theme.ts'

export interface TerminalOptions {
  readonly stream: EventStream
  /** Each line that was entered, and each interrupt and end that was asked for. */
  onInput(input: SessionInput): void
  /** What completion offers, now. */
  commands(): readonly CommandHint[]
  /** Whole lines that could become of a command whose last word is still open. Default: none. */
  complete?(text: string): Promise<readonly CommandHint[]>
  /** Default: the process's own. Both must be terminals. */
  readonly stdin?: ReadStream
  readonly stdout?: WriteStream
  /** The project, as dialogs name it. */
  readonly cwd: string
  readonly version: string
  /** Locale, `TERM` and `NO_COLOR` are read from it. Default: the process's own. */
  readonly env?: NodeJS.ProcessEnv
}

/** A front end that can always ask. */
export interface TerminalFrontEnd extends FrontEnd {
  readonly dialogs: Required<Dialogs>
}

/**
 * Takes the terminal over until `close()`. If the process ends otherwise (a signal, an exception, `process.exit`), the
 * terminal is put back too.
 */
export function startTerminal(options: TerminalOptions): TerminalFrontEnd {
  const { stream, commands, cwd, version, env = process.env } = options
  const { stdin = process.stdin, stdout = process.stdout } = options
  const theme = createTheme(env)
  const frame: FrameRecord = { fullRowsAbove: 0, cursorColumn: 0 }
  const onInput = (input: SessionInput) => options.onInput(input)
  const columns = () => stdout.columns || 80
  const controller = createController({
    stream,
    glyphs: theme.glyphs,
    commands,
    complete: async (text) => (await options.complete?.(text)) ?? [],
    columns,
    onInput,
  })
  const themed = (node: ReactNode) => createElement(ThemeContext, { value: theme }, node)
  const hangUp = () => onInput({ type: 'end' })
  let failed = false

  const screens = createScreens({
    stdin,
    stdout,
    main: () => {
      controller.startStretch()
      return themed(createElement(App, { controller, version, frame }))
    },
    mainMounted: () => repairOnResize(stdout, frame, env),
    onFailed(error) {
      if (failed) return
      failed = true
      process.stderr.write(`backchannel: the terminal screen failed, so the session ends: ${toError(error).message}\n`)
      hangUp()
    },
  })
  // The terminal went away: nobody can type an end any more.
  stdin.once('end', hangUp).on('error', hangUp)

  const ask = <Value>(content: DialogContent<Value>, signal: AbortSignal): Promise<Value> => {
    const dialog = (onChoose: (value: Value) => void) => themed(createElement(Dialog<Value>, { content, onChoose }))
    return screens.ask(dialog, content.safe, signal)
  }
  const finish = async (): Promise<void> => {
    await screens.close()
    controller.close()
    stdin.off('end', hangUp).off('error', hangUp)
  }
  let closing: Promise<void> | undefined
  return {
    dialogs: {
      confirmFolder: (folder, signal) => ask(folderTrust(folder), signal),
      confirmDevelopmentChannels: (entries, signal) => ask(developmentChannels(entries), signal),
      confirmServer: (server, signal) => ask(serverConsent(server, cwd), signal),
      askSecret: (question, signal) => {
        const dialog = (onChoose: (secret: string | undefined) => void) =>
          themed(createElement(SecretDialog, { question, onChoose }))
        return screens.ask(dialog, undefined, signal)
      },
    },
    close() {
      closing ??= finish()
      return closing
    },
  }
}
