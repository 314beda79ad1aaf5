/** Reads the managed settings of a machine, file by file: what each says, and what is wrong with it. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { toError } from '@backchannel/protocol'
import { JsonField } from '../json/field.ts'
import { errorCode, readJsonFile } from '../json/read.ts'
import type { HostPaths, ManagedPlace } from './paths.ts'

export interface AllowedPlugin {
  readonly marketplace: string
  readonly plugin: string
}

export type Plan = 'individual' | 'console' | 'team' | 'enterprise'
export const PLANS: readonly Plan[] = ['individual', 'console', 'team', 'enterprise']

/** Whose settings a file holds: this product's, Claude Code's, or those of `--managed-settings`. */
export type ManagedOwner = 'backchannel' | 'claude-code' | 'flag'

/** One file that was looked at. */
export interface ManagedFile {
  readonly file: string
  readonly owner: ManagedOwner
  readonly state: 'absent' | 'read' | 'broken'
  /** Why it can't be used: a sentence that names file, place, what was expected and what came. */
  readonly problem?: string
  readonly channelsEnabled?: boolean
  /** An empty list allows no plugin. */
  readonly allowedChannelPlugins?: readonly AllowedPlugin[]
  /** Only of our own files. */
  readonly plan?: Plan
  /** Items of the list that have a form not known here; they allow nothing. */
  readonly passedOver?: number
}

/**
 * Ours, then Claude Code's: of each place the file, then the folder's `*.json` in the order of their names. Never throws;
 * a file that can't be used is `broken`.
 */
export async function readManagedFiles(paths: Pick<HostPaths, 'managed' | 'claudeManaged'>): Promise<ManagedFile[]> {
  const own = readPlace(paths.managed, 'backchannel')
  const claudes = paths.claudeManaged.map((place) => readPlace(place, 'claude-code'))
  return (await Promise.all([own, ...claudes])).flat()
}

/** The one file of `--managed-settings`. Unlike the system's files it must exist: a missing one is broken. */
export async function readManagedFlag(file: string): Promise<ManagedFile> {
  const read = await readManaged(file, 'flag')
  return read.state === 'absent' ? broken(file, 'flag', `${file} does not exist.`) : read
}

async function readPlace({ file, folder, tightensOnly }: ManagedPlace, owner: ManagedOwner): Promise<ManagedFile[]> {
  const files = [file, ...(await listFolder(folder))]
  const read = await Promise.all(files.map((one) => (typeof one === 'string' ? readManaged(one, owner) : one(owner))))
  return tightensOnly ? read.map(withoutLoosening) : read
}

/** @returns the files of a folder, or what says why it can't be listed */
async function listFolder(folder: string): Promise<(string | ((owner: ManagedOwner) => ManagedFile))[]> {
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json') && !name.startsWith('.'))
    return names.sort().map((name) => join(folder, name))
  } catch (cause) {
    const errno = errorCode(cause)
    if (errno === 'ENOENT') return [(owner) => ({ file: folder, owner, state: 'absent' })]
    return [(owner) => broken(folder, owner, `${folder} cannot be read (${errno}).`)]
  }
}

function withoutLoosening({ channelsEnabled, ...file }: ManagedFile): ManagedFile {
  return channelsEnabled === false ? { ...file, channelsEnabled } : file
}

async function readManaged(file: string, owner: ManagedOwner): Promise<ManagedFile> {
  const source = { file, code: 'settings-invalid' } as const
  try {
    const found = await readJsonFile(source)
    if (found === undefined) return { file, owner, state: 'absent' }
    return { file, owner, state: 'read', ...parseManaged(new JsonField(found.value, source), owner) }
  } catch (error) {
    // Without the hint, which speaks of a new start: a running session reads the file again by itself.
    return broken(file, owner, toError(error).message)
  }
}

function parseManaged(root: JsonField, owner: ManagedOwner): Partial<ManagedFile> {
  const isForeign = owner === 'claude-code'
  const enabled = root.member('channelsEnabled')
  const allowed = root.member('allowedChannelPlugins')
  const plan = root.member('plan')
  return {
    ...(enabled.present ? { channelsEnabled: enabled.boolean() } : {}),
    ...(allowed.present ? (isForeign ? parseForeignList(allowed) : parseList(allowed)) : {}),
    // A key of ours alone: in a file of another product the word may come to mean anything.
    ...(plan.present && !isForeign ? { plan: plan.oneOf(PLANS) } : {}),
  }
}

function parseList(list: JsonField): Partial<ManagedFile> {
  return { allowedChannelPlugins: list.items().map(parseAllowed) }
}

function parseAllowed(item: JsonField): AllowedPlugin {
  item.record('an object with "marketplace" and "plugin"')
  return { marketplace: item.member('marketplace').string(), plugin: item.member('plugin').string() }
}

/** A newer version may take forms that are not known here: such an item allows nothing, and the others count. */
function parseForeignList(list: JsonField): Partial<ManagedFile> {
  const items = list.items()
  const allowed = items.map(parseForeignItem).filter((item) => item !== undefined)
  const passedOver = items.length - allowed.length
  return { allowedChannelPlugins: allowed, ...(passedOver === 0 ? {} : { passedOver }) }
}

function parseForeignItem(item: JsonField): AllowedPlugin | undefined {
  try {
    return parseAllowed(item)
  } catch {
    return undefined
  }
}

function broken(file: string, owner: ManagedOwner, problem: string): ManagedFile {
  return { file, owner, state: 'broken', problem }
}
