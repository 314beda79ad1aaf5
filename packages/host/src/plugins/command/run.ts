/** Finds the verb after `backchannel plugin` or `/plugin`, reads its arguments, and runs it. */
import { parseArgs } from 'node:util'
import { BackchannelError, nearest, renderError, toError } from '@backchannel/protocol'
import { quote } from '../../text/quote.ts'
import { sanitizeText } from '../../ui/sanitize.ts'
import { allowVerbs } from './allow-verbs.ts'
import { configureVerb } from './configure-verb.ts'
import { renderHelp, renderVerbHelp } from './help.ts'
import { installVerbs } from './install-verbs.ts'
import { marketplaceVerbs } from './marketplace-verbs.ts'
import { showVerbs } from './show-verbs.ts'
import { parseArgsOptions, type Verb, type VerbArguments, type VerbPorts, type VerbResult } from './verb.ts'

export const VERBS: readonly Verb[] = [...marketplaceVerbs, ...installVerbs, configureVerb, ...allowVerbs, ...showVerbs]

export interface PluginResult extends VerbResult {
  /** Set where the arguments were not understood: exit code 2. */
  readonly usage?: true
}

/** @param prefix how the verbs are called where this was typed: `backchannel plugin`, `/plugin`. Rejects only where the signal aborts. */
export async function runPlugin(args: readonly string[], ports: VerbPorts, prefix: string): Promise<PluginResult> {
  const [first = 'help', second = ''] = args
  if (/^(help|--help|-h)$/.test(first)) return { ok: true, text: renderHelp(VERBS, prefix) }
  const twoWords = first === 'marketplace'
  const wanted = twoWords ? `${first} ${second}`.trim() : first
  const verb = VERBS.find(({ name }) => name === wanted)
  if (verb === undefined) return { ok: false, usage: true, text: unknownVerb(wanted, prefix) }
  try {
    const given = readArguments(verb, args.slice(twoWords ? 2 : 1))
    if (given.flags['help'] === true) return { ok: true, text: renderVerbHelp(verb, prefix) }
    checkCount(verb, given)
    const result = await verb.run(given, ports)
    const asJson = given.flags['json'] === true && verb.json
    return { ...result, text: asJson ? JSON.stringify(result.data) : sanitizeText(result.text) }
  } catch (thrown) {
    ports.signal.throwIfAborted()
    const isUsage = BackchannelError.is(thrown) && thrown.code === 'usage'
    return { ok: false, text: sanitizeText(renderError(thrown)), ...(isUsage ? { usage: true } : {}) }
  }
}

function readArguments(verb: Verb, args: readonly string[]): VerbArguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: parseArgsOptions(verb),
      allowPositionals: true,
    })
    return { names: positionals, flags: values }
  } catch (thrown) {
    throw new BackchannelError('usage', `${verb.name}: ${toError(thrown).message.split('. ')[0]}.`, {
      hint: usageOf(verb),
    })
  }
}

function checkCount(verb: Verb, { names }: VerbArguments): void {
  const { least, most } = verb.takes ?? { least: 1, most: 1 }
  if (names.length >= least && names.length <= most) return
  const what = names.length < least ? 'is missing an argument' : `does not take ${quote(names[most] ?? '')}`
  throw new BackchannelError('usage', `${verb.name} ${what}.`, { hint: usageOf(verb) })
}

function usageOf({ name, usage }: Verb): string {
  return `Usage: plugin ${name} ${usage}`.trim()
}

function unknownVerb(wanted: string, prefix: string): string {
  const meant = nearest(
    wanted,
    VERBS.map(({ name }) => name),
  )
  return `There is no ${prefix} ${quote(wanted)}.${meant === undefined ? '' : ` Did you mean ${prefix} ${meant}?`} ${prefix} help lists what there is.`
}
