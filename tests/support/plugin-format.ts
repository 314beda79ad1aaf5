/**
 * The plugin format of Claude Code as its documentation has it (code.claude.com/docs: plugins/manifest-reference,
 * plugins/marketplace-reference, skills, hooks), written out: a field that is not in it is refused, so that a misspelt
 * one is found. Fields that no channel uses are left out; add one from the documentation when a plugin needs it.
 */
import * as v from 'valibot'

const text = v.pipe(v.string(), v.minLength(1))
const kebab = v.pipe(v.string(), v.regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/))
const version = v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/))
const author = v.strictObject({ name: text, email: v.optional(text), url: v.optional(text) })

/** `userConfig`: keys become `CLAUDE_PLUGIN_OPTION_KEY`; an unknown field inside keeps the plugin from loading. */
const userConfig = v.record(
  v.pipe(v.string(), v.regex(/^[A-Za-z_]\w*$/)),
  v.strictObject({
    type: v.picklist(['string', 'number', 'boolean', 'directory', 'file']),
    title: text,
    description: text,
    required: v.optional(v.boolean()),
    default: v.optional(v.union([v.string(), v.number(), v.boolean(), v.array(v.string())])),
    multiple: v.optional(v.boolean()),
    sensitive: v.optional(v.boolean()),
    min: v.optional(v.number()),
    max: v.optional(v.number()),
  }),
)

/** `.claude-plugin/plugin.json`. Only `name` is required there; we want what a listing shows, too. */
const Manifest = v.strictObject({
  name: kebab,
  displayName: v.optional(text),
  version,
  description: text,
  author,
  homepage: v.optional(v.pipe(v.string(), v.url())),
  repository: v.optional(text),
  license: text,
  keywords: v.array(text),
  userConfig: v.optional(userConfig),
  channels: v.pipe(
    v.array(v.strictObject({ server: text, displayName: v.optional(text), userConfig: v.optional(userConfig) })),
    v.minLength(1),
  ),
})

/** `.mcp.json` of a plugin with stdio servers. */
const Servers = v.strictObject({
  mcpServers: v.record(
    text,
    v.strictObject({
      type: v.optional(v.literal('stdio')),
      command: text,
      args: v.optional(v.array(v.string())),
      env: v.optional(v.record(v.string(), v.string())),
    }),
  ),
})

/** `.claude-plugin/marketplace.json`. */
const Catalogue = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][\w.-]*$/)),
  owner: author,
  metadata: v.strictObject({ description: text, version }),
  plugins: v.array(
    v.strictObject({
      name: kebab,
      source: v.pipe(v.string(), v.startsWith('./')),
      description: text,
      version,
      category: v.optional(text),
      keywords: v.optional(v.array(text)),
    }),
  ),
})

/** The exec form of a command hook, the one that hands a path over without a shell. */
const commandHook = v.strictObject({
  type: v.literal('command'),
  command: v.pipe(v.string(), v.regex(/^\S+$/)),
  args: v.array(v.string()),
  timeout: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(600)),
})
const group = v.strictObject({
  matcher: v.pipe(
    v.string(),
    v.check((pattern) => new RegExp(pattern) !== undefined),
  ),
  hooks: v.pipe(v.array(commandHook), v.minLength(1)),
})

/** `hooks/hooks.json`; of the events only those that our hooks are for. */
const Hooks = v.strictObject({
  description: text,
  hooks: v.strictObject({ PreToolUse: v.array(group), UserPromptExpansion: v.optional(v.array(group)) }),
})

/** The frontmatter of a `SKILL.md` that is a command of the user's. Without `name`, the folder names it. */
const Skill = v.strictObject({
  description: v.pipe(text, v.maxLength(1_536)),
  'argument-hint': text,
  'disable-model-invocation': v.literal(true),
})

/**
 * The frontmatter and what follows, of the form that we write: a JSON value a line.
 * @throws where there is none, or a line is no such one
 */
export function splitSkill(file: string): { readonly fields: unknown; readonly body: string } {
  const found = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(file)
  if (!found) throw new Error('The file does not begin with frontmatter.')
  const [, head = '', body = ''] = found
  const fields = head.split('\n').map((line) => {
    const [, key = '', value = ''] = /^([a-z_-]+): (.+)$/.exec(line) ?? []
    return [key, JSON.parse(value)] as const
  })
  return { fields: Object.fromEntries(fields), body }
}

export interface ManifestFile {
  readonly name: string
  readonly channels: readonly { readonly server: string }[]
}
export interface ServersFile {
  readonly mcpServers: Readonly<
    Record<string, { readonly command: string; readonly args?: readonly string[] | undefined }>
  >
}
export interface CatalogueFile {
  readonly plugins: readonly { readonly name: string; readonly source: string }[]
}
export interface HookGroup {
  readonly matcher: string
  readonly hooks: readonly { readonly command: string; readonly args: readonly string[] }[]
}
export interface HooksFile {
  readonly hooks: {
    readonly PreToolUse: readonly HookGroup[]
    readonly UserPromptExpansion?: readonly HookGroup[] | undefined
  }
}

/** Each throws with every field that is not as documented. */
export const parseManifest = (input: unknown): ManifestFile => check(Manifest, input)
export const parseServers = (input: unknown): ServersFile => check(Servers, input)
export const parseCatalogue = (input: unknown): CatalogueFile => check(Catalogue, input)
export const parseHooks = (input: unknown): HooksFile => check(Hooks, input)
export const parseSkill = (input: unknown): unknown => check(Skill, input)

function check<Output>(schema: v.GenericSchema<unknown, Output>, input: unknown): Output {
  const { success, output, issues } = v.safeParse(schema, input)
  if (success) return output
  throw new Error(issues.map((issue) => `${v.getDotPath(issue) ?? '(all of it)'}: ${issue.message}`).join('; '))
}
