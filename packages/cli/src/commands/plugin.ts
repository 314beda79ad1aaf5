/** `backchannel plugin …`: marketplaces and installed plugins on the command line. */
import { homedir } from 'node:os'
import { text } from 'node:stream/consumers'
import { hostPaths } from '@backchannel/host'
import { runPlugin, verbPorts } from '@backchannel/host/plugins'
import { askOption } from '../ask-option.ts'
import { createProgressLine } from '../progress-line.ts'
import { onSignals } from '../signals.ts'

/** @returns the exit code: 0 done, 1 failed, 2 usage */
export async function plugin(args: readonly string[], builtin: string): Promise<number> {
  const ending = new AbortController()
  const stopSignals = onSignals(() => ending.abort())
  const progress = createProgressLine(process.stderr)
  const { signal } = ending
  const canAsk = process.stdin.isTTY && process.stderr.isTTY && !args.includes('--json')
  const ports = verbPorts({
    paths: hostPaths(process.env, process.platform, homedir()),
    builtin,
    cwd: process.cwd(),
    env: process.env,
    signal,
    progress: progress.show,
    readInput: () => text(process.stdin),
    ...(canAsk
      ? {
          ask: async (option, current) => {
            progress.clear()
            return await askOption(option, current, signal)
          },
        }
      : {}),
  })
  try {
    const result = await runPlugin(args, ports, 'backchannel plugin')
    progress.clear()
    // What a script reads goes to standard output even where it is bad news.
    if (result.ok || result.data !== undefined) process.stdout.write(`${result.text}\n`)
    else process.stderr.write(`backchannel plugin: ${result.text}\n`)
    return result.usage ? 2 : result.ok ? 0 : 1
  } catch (thrown) {
    if (!signal.aborted) throw thrown
    progress.clear()
    process.stderr.write('backchannel plugin: stopped; what was there before is as it was.\n')
    return 1
  } finally {
    progress.clear()
    stopSignals()
  }
}
