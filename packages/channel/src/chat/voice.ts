/** What is said in a voice message, by a command of the operator: it gets the file's path as its last argument and prints text. */
import { spawn } from 'node:child_process'
import { BackchannelError } from '@backchannel/protocol'

/** @throws Error in words, for the log: the message then goes on with its file alone */
export type Transcribe = (path: string, signal: AbortSignal) => Promise<string>

/** For one message; a model on a slow machine takes its time. */
const LONGEST_MS = 120_000
const MOST_BYTES = 256 * 1024

/** @param command a line of the system's shell, such as `whisper-cli --model base` @param env of the channel; its secrets are not passed on */
export function transcribeByCommand(
  command: string,
  env: NodeJS.ProcessEnv,
  longestMs: number = LONGEST_MS,
): Transcribe {
  return async (path, signal) => {
    const until = AbortSignal.any([signal, AbortSignal.timeout(longestMs)])
    until.throwIfAborted()
    // The path is an argument and no part of the line: nothing in it can be a command.
    const [shell, args] =
      process.platform === 'win32'
        ? [env['ComSpec'] ?? 'cmd.exe', ['/d', '/s', '/c', `${command} "%BACKCHANNEL_FILE%"`]]
        : ['/bin/sh', ['-c', `${command} "$1"`, 'sh', path]]
    const child = spawn(shell, args, {
      env: { ...withoutSecrets(env), BACKCHANNEL_FILE: path },
      stdio: ['ignore', 'pipe', 'ignore'],
      // With all that it starts: a shell that is killed alone leaves the model running.
      detached: process.platform !== 'win32',
    })
    const kill = () => {
      try {
        if (child.pid !== undefined && process.platform !== 'win32') process.kill(-child.pid, 'SIGKILL')
        else child.kill('SIGKILL')
      } catch {
        // It has ended.
      }
    }
    until.addEventListener('abort', kill, { once: true })
    try {
      let text = Buffer.alloc(0)
      child.stdout.on('data', (more: Buffer) => {
        if (text.length < MOST_BYTES) text = Buffer.concat([text, more])
      })
      const status = await new Promise<number | null>((resolve, reject) => {
        child.once('error', reject)
        child.once('close', resolve)
      })
      if (until.aborted) throw failed(signal.aborted ? 'the session ended' : `it took more than ${longestMs / 1000} s`)
      if (status !== 0) throw failed(`it ended with status ${status}`)
      return text.subarray(0, MOST_BYTES).toString('utf8').trim()
    } finally {
      until.removeEventListener('abort', kill)
    }
  }
}

function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/TOKEN|SECRET|PASSWORD|API_?KEY/i.test(name)))
}

function failed(problem: string): BackchannelError {
  return new BackchannelError('file-unreadable', `The command that transcribes has failed: ${problem}.`, {
    hint: 'Try it by hand with the path of an audio file.',
  })
}
