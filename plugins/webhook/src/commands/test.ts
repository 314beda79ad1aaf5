/** `webhook test`: sends a signed sample to the running channel, as the sender would, and says what came of it. */
import { randomUUID } from 'node:crypto'
import { BackchannelError, type CommandIo } from '@backchannel/channel'
import { parsePort } from '@backchannel/channel/http'
import { type Environment, parseConfig } from '../config.ts'
import { type Answer, postLocally } from '../post.ts'
import { isPublicKey } from '../schemes/signing-key.ts'
import { sourcesFile } from '../sources/file.ts'
import type { Source } from '../sources/source.ts'
import { readSources } from '../sources/store.ts'
import { type CommandLine, DONE, FAILED, runWith, textOf, usage } from './command-line.ts'
import { unknownSource } from './remove.ts'
import { loadSample } from './samples.ts'

const HELP = `Usage: backchannel webhook test NAME [--port PORT] [--json]

Signs a sample delivery with the source's secret, sends it to the running channel, and says what came back. The session
gets it as an event; its text says that it is a sample.

  --port PORT   where the channel listens; default: WEBHOOK_PORT, else 8788
  --json        print one JSON object

Example:
  backchannel webhook test github
`

/** Longer than a source may hold an answer back to fold a burst. */
const ANSWER_LIMIT_MS = 15_000

export function test(args: readonly string[], io: CommandIo, env: Environment): Promise<number> {
  const options = { port: { type: 'string' }, json: { type: 'boolean' } } as const
  return runWith({ name: 'test', help: HELP, names: 1 }, options, args, io, async (line) => {
    const [name = ''] = line.names
    const { byPath } = await readSources(sourcesFile(env), env)
    const source = [...byPath.values()].find((one) => one.name === name)
    if (source === undefined)
      throw unknownSource(
        name,
        [...byPath.values()].map((one) => one.name),
      )
    if (source.refused !== undefined) throw new BackchannelError('signature-invalid', source.refused)
    if (source.scheme.signed && source.secrets.every(isPublicKey)) throw noPrivateKey(source)
    const port = readPort(line, env)
    const answer = await send(source, port, io.signal)
    const body = parseAnswer(answer.body)
    if (line.values['json'] === true)
      io.out(`${JSON.stringify({ status: answer.status, answer: body ?? answer.body })}\n`)
    else io.out(render(source, port, answer, body))
    return answer.status === 202 && body?.['ok'] === true ? DONE : FAILED
  })
}

function readPort(line: CommandLine, env: Environment): number {
  const given = textOf(line, 'port')
  const port = given === undefined ? parseConfig(env).port : parsePort(given, 0, '--port')
  if (port === 0) throw usage('test', 'give the port that the channel listens on, with --port')
  return port
}

async function send(source: Source, port: number, signal: AbortSignal): Promise<Answer> {
  const id = `sample_${randomUUID()}`
  const { headers, body } = await loadSample(source.scheme.name, id)
  const proof = source.scheme.sign(
    { body, id, now: Date.now() },
    source.secrets.find((secret) => !isPublicKey(secret)) ?? '',
    source.settings,
  )
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_LIMIT_MS)])
  try {
    return await postLocally({ port, path: source.path, headers: { ...headers, ...proof }, body, signal: limit })
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
    if (code === 'ECONNREFUSED') throw nothingListens(port)
    const reason = limit.aborted ? 'no answer came in time' : thrown instanceof Error ? thrown.message : String(thrown)
    throw new BackchannelError('closed', `The sample could not be sent to localhost:${port}: ${reason}.`, {
      cause: thrown,
    })
  }
}

function noPrivateKey({ name }: Source): BackchannelError {
  return new BackchannelError(
    'signature-invalid',
    `Only the sender of "${name}" can sign: this machine has its public key.`,
    {
      hint: 'Send something from there.',
    },
  )
}

function nothingListens(port: number): BackchannelError {
  return new BackchannelError('not-registered', `Nothing listens on localhost:${port}, so the sample went nowhere.`, {
    hint: 'The channel listens while a session has it: start one with `backchannel --channels plugin:webhook@backchannel`. If it listens on another port, give that with --port.',
  })
}

function parseAnswer(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function render(
  { name, path }: Source,
  port: number,
  { status, body: text }: Answer,
  body: Record<string, unknown> | undefined,
): string {
  const sent = `Sent a sample to http://localhost:${port}${path}, and the answer is ${status}.\n`
  if (body === undefined)
    return `${sent}That is not an answer of the channel; something else listens there: ${oneLine(text)}\n`
  if (body['filtered'] === true)
    return `${sent}It is well signed, and the rules of "${name}" left it out: the session gets no event.\n`
  if (body['ok'] === true) return `${sent}It is stored as event ${String(body['event_id'])}, and the session gets it.\n`
  const hint = typeof body['hint'] === 'string' ? ` ${body['hint']}` : ''
  return `${sent}It was not taken (${String(body['error'])}): ${String(body['message'])}${hint}\n`
}

function oneLine(text: string): string {
  return JSON.stringify(text.slice(0, 100))
}
