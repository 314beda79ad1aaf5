/**
 * The user's own allowlist (contract 4): `allowedChannels` of `~/.backchannel/settings.json`, each entry with the source
 * that its marketplace had when it was allowed.
 */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BackchannelError, isEntry, isRecord } from '@backchannel/protocol'
import writeFileAtomic from 'write-file-atomic'
import type { AllowedChannel } from '../channels/allowlist.ts'
import { JsonField } from '../json/field.ts'
import { errorCode, readJsonFile } from '../json/read.ts'
import { parseAddress } from '../plugins/marketplaces/address.ts'
import { renderSource, sourceIdentity } from '../plugins/marketplaces/source.ts'

const KEY = 'allowedChannels'

export function parseAllowedChannels(field: JsonField): readonly AllowedChannel[] {
  return field.items('a list of plugins').map((item) => {
    item.record('an object with "plugin", "marketplace" and "source"')
    const [plugin, marketplace] = [item.member('plugin').string(), item.member('marketplace').string()]
    if (!isEntry(`plugin:${plugin}@${marketplace}`)) throw item.refuse('names as in plugin:NAME@MARKETPLACE')
    return { plugin, marketplace, source: parseSource(item.member('source')) }
  })
}

/** As after `marketplace add`: owner/repo, a git URL, or the path of a folder from the root on. */
function parseSource(field: JsonField): AllowedChannel['source'] {
  const text = field.string('where the marketplace comes from')
  try {
    return parseAddress(text, '/', () => false).source
  } catch (error) {
    if (!BackchannelError.is(error)) throw error
    throw field.refuse('owner/repo, a git URL, or the path of a folder', undefined, error.hint)
  }
}

/**
 * Adds a plugin to the list, or takes it off whatever its source was, and leaves everything else in the file as it is.
 * @param file `~/.backchannel/settings.json`
 * @returns false where there was nothing to change
 * @throws BackchannelError `settings-invalid` rather than overwrite a file that is not understood; `state-unwritable`
 */
export async function changeAllowedChannels(
  file: string,
  ...[change, channel]: ['add', AllowedChannel] | ['remove', Omit<AllowedChannel, 'source'>]
): Promise<boolean> {
  const listed = await readAllowedChannels(file)
  const found = await readJsonFile({ file, code: 'settings-invalid' })
  const settings = isRecord(found?.value) ? found.value : {}
  const isOther = ({ plugin, marketplace }: AllowedChannel) =>
    plugin !== channel.plugin || marketplace !== channel.marketplace
  const others = listed.filter(isOther)
  if (change === 'remove' && others.length === listed.length) return false
  if (change === 'add' && listed.some((one) => !isOther(one) && isSameSource(one, channel))) return false
  const next = (change === 'add' ? [...others, channel] : others).map(({ source, ...names }) => ({
    ...names,
    source: renderSource(source),
  }))
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFileAtomic(file, `${JSON.stringify({ ...settings, [KEY]: next }, null, 2)}\n`)
  } catch (cause) {
    throw new BackchannelError('state-unwritable', `${file} could not be written (${errorCode(cause)}).`, { cause })
  }
  return true
}

function isSameSource(one: AllowedChannel, other: AllowedChannel): boolean {
  return sourceIdentity(one.source) === sourceIdentity(other.source)
}

/** The list as it is in the file now; empty where there is none. @throws BackchannelError `settings-invalid` */
export async function readAllowedChannels(file: string): Promise<readonly AllowedChannel[]> {
  const source = { file, code: 'settings-invalid' } as const
  const found = await readJsonFile(source)
  const field = found && new JsonField(found.value, source).member(KEY)
  return field?.present ? parseAllowedChannels(field) : []
}
