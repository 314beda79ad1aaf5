/** `/NAME:access …` and `/NAME:configure …`: the operator's word to a channel, which answers and completes it itself. */
import type { ChannelSet } from '../channels/channel-set.ts'
import type { Answer, CommandContext } from './command.ts'

type Word = 'access' | 'configure'
const WORDS: readonly Word[] = ['access', 'configure']
const SUMMARIES: Readonly<Record<Word, string>> = {
  access: 'who may write and who may approve there; help lists what can follow',
  configure: 'what is set there, and its secrets',
}
/** A word of it longer than this is a slip of the clipboard. */
const WORD_UNITS = 500

/** A command as help and completion show it. */
export interface ListedCommand {
  /** With its slash. */
  readonly name: string
  readonly usage: string
  readonly summary: string
}

/** @returns undefined for another command, and where the session has no such server */
export function runChannelCommand(
  name: string,
  args: readonly string[],
  context: CommandContext,
): Promise<Answer> | undefined {
  const [, source, word] = /^\/(.+):(access|configure)$/.exec(name) ?? []
  const channel = context.channels.channels.find(({ plan }) => plan.source === source)
  if (!channel || word === undefined) return undefined
  if (word === 'configure') return configure(channel, args, context)
  if (args.some((one) => one.length > WORD_UNITS))
    return Promise.resolve({ ok: false, text: `A word of it has more than ${WORD_UNITS} characters.` })
  return channel.operator.access(args.length === 0 ? ['status'] : args)
}

/** A secret that it needs is asked for by whoever can ask without showing it; it is passed on and kept nowhere. */
async function configure(
  { plan, operator }: ChannelSet['channels'][number],
  args: readonly string[],
  { secret: given, askSecret }: CommandContext,
): Promise<Answer> {
  const first = await operator.configure({ args, ...(given === undefined ? {} : { secret: given }) })
  if (first.ask === undefined || !first.ok) return first
  const secret = given ?? (await askSecret?.(`${first.ask} (for ${plan.source})`))
  if (secret !== undefined && secret.trim() !== '') return operator.configure({ args, secret })
  if (askSecret) return { ok: false, text: 'Nothing was given, so nothing was changed.' }
  return {
    ok: false,
    text: `${first.ask}: nobody can be asked for it here. Run: backchannel configure ${plan.source} ${args.join(' ')}`,
  }
}

/** Those of the channels that take the operator's word. */
export function listChannelCommands({ channels }: ChannelSet): readonly ListedCommand[] {
  return channels
    .filter(({ features }) => features.has('access'))
    .flatMap(({ plan }) =>
      WORDS.map((word) => ({ name: `/${plan.source}:${word}`, usage: 'help', summary: SUMMARIES[word] })),
    )
}

/** Whole lines that could become of one that was begun, of which the last word is still open. Never rejects. */
export async function completeChannelCommand(
  text: string,
  { channels }: ChannelSet,
): Promise<readonly Omit<ListedCommand, 'usage'>[]> {
  const [, head = '', source, word, rest = ''] = /^(\/(\S+):(access|configure)\s+(.*\s)?)\S*$/s.exec(text) ?? []
  const channel = channels.find(({ plan }) => plan.source === source)
  if (!channel) return []
  const command = WORDS.find((one) => one === word) ?? 'access'
  const args = [...rest.split(/\s+/).filter((one) => one !== ''), '']
  const choices = await channel.operator.complete({ command, args })
  return choices.map(({ value, summary }) => ({ name: `${head}${value}`, summary }))
}
