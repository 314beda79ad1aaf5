/**
 * One screen at a time: the session's, or a dialog's in the terminal's alternate screen. Every screen is a mount of its
 * own, which takes the terminal over and puts it back as it was, on unmount as well as when the process ends.
 */

import type { ReadStream, WriteStream } from 'node:tty'
import { type Instance, render } from 'ink'
import type { ReactNode } from 'react'

export interface ScreensOptions {
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  /** The session's screen; called for every mount. */
  main(): ReactNode
  /** Called after the session's screen was mounted; what it returns is called before it is unmounted. */
  mainMounted(): () => void
  /** A screen broke down; the terminal is restored already. */
  onFailed(error: unknown): void
}

export interface Screens {
  /** Shows `dialog` until its promise resolves, one after another; then the session's screen again. */
  ask<Value>(dialog: (choose: (value: Value) => void) => ReactNode, safe: Value, signal: AbortSignal): Promise<Value>
  /** Ends the dialogs with their safe answer and unmounts. Idempotent. */
  close(): Promise<void>
}

/** Keystrokes show at once; the spinner draws fewer frames by itself. */
const MAX_FPS = 30

export function createScreens({ stdin, stdout, main, mainMounted, onFailed }: ScreensOptions): Screens {
  const closing = new AbortController()
  let mounted: { instance: Instance; leave: () => void } | undefined
  let queue: Promise<void> = Promise.resolve()
  let closed: Promise<void> | undefined

  const mount = (node: ReactNode, alternateScreen: boolean): Instance => {
    const instance = render(node, {
      stdin,
      stdout,
      alternateScreen,
      exitOnCtrlC: false,
      // The caller has found a terminal; a CI variable in the environment changes nothing about that.
      interactive: true,
      maxFps: MAX_FPS,
    })
    instance.waitUntilExit().catch(onFailed)
    return instance
  }
  const showMain = () => {
    if (closing.signal.aborted) return
    mounted = { instance: mount(main(), false), leave: mainMounted() }
  }
  const hideMain = async () => {
    if (!mounted) return
    const { instance, leave } = mounted
    mounted = undefined
    await instance.waitUntilRenderFlush()
    leave()
    // What is below the transcript leaves no trace.
    instance.clear()
    await unmount(instance)
  }
  const show = async <Value>(
    dialog: (choose: (value: Value) => void) => ReactNode,
    safe: Value,
    signal: AbortSignal,
  ): Promise<Value> => {
    if (signal.aborted) return safe
    await hideMain()
    const chosen = Promise.withResolvers<Value>()
    const withdraw = () => chosen.resolve(safe)
    signal.addEventListener('abort', withdraw, { once: true })
    if (signal.aborted) withdraw()
    const instance = mount(dialog(chosen.resolve), true)
    // A dialog that breaks down is answered safely too.
    instance.waitUntilExit().then(withdraw, withdraw)
    const value = await chosen.promise
    signal.removeEventListener('abort', withdraw)
    await unmount(instance)
    showMain()
    return value
  }
  showMain()

  return {
    ask(dialog, safe, signal) {
      const answer = queue.then(() => show(dialog, safe, AbortSignal.any([signal, closing.signal])))
      queue = answer.then(
        () => {},
        () => {},
      )
      return answer
    },
    close() {
      closing.abort()
      closed ??= queue.then(hideMain)
      return closed
    },
  }
}

async function unmount(instance: Instance): Promise<void> {
  instance.unmount()
  // A failure was reported where it happened.
  await instance.waitUntilExit().catch(() => {})
}
