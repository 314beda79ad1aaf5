/** `/NAME:access …`: the operator's word to a channel about who may do what there. The channel itself answers. */
import type { Answer, CommandContext } from './command.ts'

const ACCESS = ':access'
/** A word of it longer than this is a slip of the clipboard. */
const WORD_UNITS = 500

/** @returns undefined for another command, and where the session has no such server */
export function runAccess(
  name: string,
  args: readonly string[],
  { channels }: CommandContext,
): Promise<Answer> | undefined {
  if (!name.startsWith('/') || !name.endsWith(ACCESS)) return undefined
  const source = name.slice(1, -ACCESS.length)
  const channel = channels.channels.find(({ plan }) => plan.source === source)
  if (!channel) return undefined
  if (args.some((word) => word.length > WORD_UNITS))
    return Promise.resolve({ ok: false, text: `A word of it has more than ${WORD_UNITS} characters.` })
  return channel.access(args.length === 0 ? ['status'] : args)
}

/** For `/help`: one line for the channels that take the operator's word. */
export function listAccess({ channels }: CommandContext): readonly string[] {
  return channels.channels
    .filter(({ features }) => features.has('access'))
    .map(({ plan }) => `/${plan.source}${ACCESS}`)
}
