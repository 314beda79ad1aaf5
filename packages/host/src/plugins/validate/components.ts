/** The parts of a plugin that this host does not run itself, checked all the same: paths, hooks, skills, commands. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isRecord } from '@backchannel/protocol'
import { JsonField } from '../../json/field.ts'
import { readJsonFile } from '../../json/read.ts'
import { quote } from '../../text/quote.ts'
import { resolveInside } from '../folder.ts'
import { readFrontmatter } from '../format/frontmatter.ts'
import { checkHooks, HOOK_EVENTS } from '../format/hooks.ts'
import { MANIFEST } from '../plugin.ts'
import type { Findings } from './findings.ts'

/** Members of the manifest that hold a path or a list of paths; `mcpServers` is read with the servers. */
const PATHS = ['commands', 'agents', 'skills', 'outputStyles', 'workflows']
const HOOKS = 'hooks/hooks.json'

export async function checkComponents(root: string, manifest: JsonField, findings: Findings): Promise<void> {
  for (const key of PATHS) {
    const field = manifest.member(key)
    // `commands` may also be an object of commands by name, with text or a path of their own.
    if (!field.present || isRecord(field.value)) continue
    for (const item of Array.isArray(field.value) ? field.items() : [field])
      await findings.attemptAsync(() => checkPath(root, item, key === 'skills'))
  }
  await checkAllHooks(root, manifest.member('hooks'), findings)
  await checkMarkdown(root, findings)
}

async function checkPath(root: string, field: JsonField, orRoot: boolean): Promise<string> {
  const expected = 'a path that starts with "./"'
  const path = field.string(expected)
  if (!path.startsWith('./') && !(orRoot && path === '.')) throw field.refuse(expected)
  const found = await resolveInside(root, path, root)
  if (found === undefined)
    throw field.refuse('the path of something in the plugin', `${quote(path)}, which does not exist`)
  return found
}

async function checkAllHooks(root: string, field: JsonField, findings: Findings): Promise<void> {
  const files = (await resolveHooks(root, HOOKS)) === undefined ? [] : [join(root, HOOKS)]
  for (const item of !field.present ? [] : Array.isArray(field.value) ? field.items() : [field]) {
    if (isRecord(item.value)) checkEvents(item, join(root, MANIFEST), findings)
    else {
      const file = await findings.attemptAsync(() => checkPath(root, item, false))
      if (file !== undefined) files.push(file)
    }
  }
  for (const file of files)
    await findings.attemptAsync(async () => {
      const source = { file, code: 'plugin-invalid' } as const
      const found = await readJsonFile(source)
      if (found !== undefined) checkEvents(new JsonField(found.value, source).member('hooks'), file, findings)
    })
}

function checkEvents(hooks: JsonField, file: string, findings: Findings): void {
  findings.attempt(() => checkHooks(hooks, findings.attempt))
  const events = isRecord(hooks.value) ? Object.keys(hooks.value) : []
  findings.warnUnknown(file, 'hooks.', events, HOOK_EVENTS)
}

async function resolveHooks(root: string, path: string): Promise<string | undefined> {
  return await resolveInside(root, path, root).catch(() => undefined)
}

async function checkMarkdown(root: string, findings: Findings): Promise<void> {
  for (const name of await namesIn(join(root, 'skills'))) {
    const file = join(root, 'skills', name, 'SKILL.md')
    if (!(await isFolder(join(root, 'skills', name)))) continue
    await checkHead(file, ['description'], findings)
  }
  for (const name of await namesIn(join(root, 'commands')))
    if (name.endsWith('.md')) await checkHead(join(root, 'commands', name), [], findings)
}

async function checkHead(file: string, needed: readonly string[], findings: Findings): Promise<void> {
  const head = await readFrontmatter(file).catch(() => undefined)
  if (head === undefined) return findings.error(`${file} must be a readable file, and is not there.`)
  if (head.problem !== undefined) return findings.error(`${file}: ${head.problem}.`)
  for (const key of needed)
    if (!head.keys.get(key))
      findings.warn(`${file}: its head has no "${key}", by which a model decides when to use it.`)
  const manual = head.keys.get('disable-model-invocation')
  if (manual !== undefined && !/^(true|false)$/.test(manual))
    findings.error(`${file}: disable-model-invocation must be true or false, got ${quote(manual)}.`)
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.')).sort()
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  )
}
