/** From `chat` or `chat@acme`, as people type it, to the one plugin that is meant. */
import { BackchannelError, isEntry, nearest } from '@backchannel/protocol'
import { quote } from '../../text/quote.ts'

export interface PluginName {
  readonly name: string
  readonly marketplace?: string
}

/** Takes the form of an entry too, `plugin:chat@acme`. @throws BackchannelError `usage` */
export function parsePluginName(text: string): PluginName {
  const [name = '', marketplace, ...more] = text.replace(/^plugin:/, '').split('@')
  if (more.length === 0 && isEntry(`plugin:${name}@${marketplace ?? name}`))
    return marketplace === undefined ? { name } : { name, marketplace }
  throw new BackchannelError('usage', `${quote(text)} is not the name of a plugin.`, {
    hint: 'Write NAME, or NAME@MARKETPLACE where several marketplaces have one of that name.',
  })
}

/**
 * The one among `candidates` that is meant.
 * @param what they are, for messages: `is installed`
 * @throws BackchannelError `plugin-not-found`, saying what there is
 */
export function choosePlugin<Candidate extends { readonly name: string; readonly marketplace: string }>(
  { name, marketplace }: PluginName,
  candidates: readonly Candidate[],
  what: string,
): Candidate {
  const found = candidates.filter((one) => one.name === name && (marketplace ?? one.marketplace) === one.marketplace)
  const [only] = found
  if (found.length === 1 && only !== undefined) return only
  const written = marketplace === undefined ? name : `${name}@${marketplace}`
  const all = candidates.map((one) => `${one.name}@${one.marketplace}`)
  if (found.length > 1) {
    const choices = found.map((one) => `${one.name}@${one.marketplace}`).join(' or ')
    throw new BackchannelError('plugin-not-found', `Several plugins are called "${name}".`, {
      hint: `Write ${choices}.`,
    })
  }
  const meant = nearest(written, [...all, ...candidates.map((one) => one.name)])
  const there = all.length === 0 ? 'There is none.' : `There is ${all.slice(0, 20).join(', ')}.`
  throw new BackchannelError('plugin-not-found', `No plugin "${written}" ${what}.`, {
    hint: meant === undefined ? there : `Did you mean ${meant}? ${there}`,
  })
}
