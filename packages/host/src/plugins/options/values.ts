/** What the operator has answered to plugins: kept in a file of its own, mode 0600, apart from all settings. */
import { BackchannelError } from '@backchannel/protocol'
import type { JsonField } from '../../json/field.ts'
import { checkValue, type OptionValues, type UserOption } from '../format/user-config.ts'
import type { PluginFolders } from '../store/layout.ts'
import { withLock } from '../store/lock.ts'
import { createRecordFile, type RecordFile } from '../store/record-file.ts'

type Folders = Pick<PluginFolders, 'optionsFile' | 'lock'>

/** @param key `NAME@MARKETPLACE`. @throws BackchannelError `state-invalid` */
export async function readOptions(key: string, folders: Folders): Promise<OptionValues> {
  return new Map(Object.entries((await optionsFile(folders).read()).get(key) ?? {}))
}

/**
 * Keeps answers beside those that are there; an empty one takes an answer back.
 * @throws BackchannelError `plugin-option-invalid` before anything is written
 */
export async function saveOptions(
  key: string,
  options: readonly UserOption[],
  answers: OptionValues,
  folders: Folders,
  signal: AbortSignal,
): Promise<void> {
  const checked = [...answers].map(([name, value]) => [name, checkAnswer(options, name, value)] as const)
  await withLock(folders.lock, signal, async () => {
    const file = optionsFile(folders)
    const records = await file.read()
    const values = new Map([...Object.entries(records.get(key) ?? {}), ...checked])
    const given = Object.fromEntries([...values].filter(([, value]) => value !== ''))
    await file.write(new Map([...records, [key, given]]))
  })
}

/** Under the lock already. */
export async function forgetOptions(key: string, folders: Folders): Promise<void> {
  const file = optionsFile(folders)
  const records = await file.read()
  if (records.has(key)) await file.write(new Map([...records].filter(([name]) => name !== key)))
}

function checkAnswer(options: readonly UserOption[], name: string, value: string): string {
  const option = options.find(({ key }) => key === name)
  if (option === undefined)
    throw new BackchannelError('plugin-option-invalid', `The plugin does not ask for "${name}".`, {
      hint: `It asks for ${options.map(({ key }) => key).join(', ') || 'nothing'}.`,
    })
  return value === '' ? '' : checkValue(option, value)
}

function optionsFile({ optionsFile }: Folders): RecordFile<Readonly<Record<string, string>>> {
  return createRecordFile(optionsFile, 'plugins', parse)
}

/** A value that is no text is refused by its kind alone: it may be a secret. */
function parse(field: JsonField): Readonly<Record<string, string>> {
  const names = Object.keys(field.record('an object of answers by key'))
  return Object.fromEntries(
    names.map((name) => {
      const { value } = field.member(name)
      if (typeof value !== 'string') throw field.member(name).refuse('a text', 'something else')
      return [name, value]
    }),
  )
}
