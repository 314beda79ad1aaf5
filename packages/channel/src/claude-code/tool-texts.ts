/** Which texts of a tool call name something: paths, command lines, slash commands. What is only written or said is none. */

export interface ToolTexts {
  /** Each may be a path as a whole. */
  readonly paths: readonly string[]
  /** Each is a command line or a script. */
  readonly commands: readonly string[]
  /** Each may begin with a slash command that would be run later, or by a tool. */
  readonly prompts: readonly string[]
  /** Folders of a search, and what it looks for by name. */
  readonly searches: readonly { readonly root: string | undefined; readonly names: string }[]
  /** True where there was more than is looked at. */
  readonly cut: boolean
}

const MOST_NODES = 20_000
const MOST_DEPTH = 40

/** What a tool writes, matches or tells somebody; it touches nothing. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  Write: ['content'],
  Edit: ['old_string', 'new_string'],
  MultiEdit: ['edits'],
  NotebookEdit: ['new_source'],
  Grep: ['pattern'],
  WebFetch: ['prompt', 'url'],
  WebSearch: ['query'],
  Agent: ['prompt', 'description'],
  Task: ['prompt', 'description'],
  Bash: ['description'],
  PowerShell: ['description'],
  Monitor: ['description'],
}
const COMMAND_TOOLS = /^(?:Bash|PowerShell|Monitor|KillShell|BashOutput)$/
const COMMAND_FIELDS = /^(?:command|commands|cmd|cmdline|command_line|script|code|shell|args|argv|arguments|input)$/i
const STARTS_PROMPTS = /^(?:Skill|SlashCommand|Cron|Schedule|RemoteTrigger|SendMessage)/

export function readToolTexts(tool: string, input: unknown): ToolTexts {
  const paths: string[] = []
  const commands: string[] = []
  const prompts: string[] = []
  const skipped = (Object.hasOwn(SAID, tool) ? SAID[tool] : undefined) ?? []
  const isMcp = /^mcp__/.test(tool)
  const runs = COMMAND_TOOLS.test(tool)
  const starts = STARTS_PROMPTS.test(tool)
  const state = { left: MOST_NODES, cut: false }

  const visit = (value: unknown, field: string, depth: number): void => {
    if (--state.left < 0 || depth > MOST_DEPTH) {
      state.cut = true
      return
    }
    if (typeof value === 'string') {
      paths.push(value)
      if (starts) prompts.push(value)
      if (COMMAND_FIELDS.test(field) && (runs || isMcp)) commands.push(value)
    } else if (Array.isArray(value)) {
      if (COMMAND_FIELDS.test(field) && isMcp) commands.push(value.filter((one) => typeof one === 'string').join(' '))
      for (const one of value) visit(one, field, depth + 1)
    } else if (typeof value === 'object' && value !== null) {
      for (const key of Object.keys(value)) {
        // A field that is said is text. Anything else there is a shape that nobody expects, and looked at.
        const inner = (value as Record<string, unknown>)[key]
        if (depth === 0 && skipped.indexOf(key) >= 0 && (typeof inner === 'string' || key === 'edits')) continue
        visit(inner, key, depth + 1)
      }
    }
  }
  visit(input, '', 0)
  return { paths, commands, prompts, searches: searches(tool, input), cut: state.cut }
}

function searches(tool: string, input: unknown): ToolTexts['searches'] {
  if (!/^(?:Glob|Grep|LS)$/.test(tool) || typeof input !== 'object' || input === null) return []
  const { path, pattern, glob } = input as Record<string, unknown>
  const names = [tool === 'Glob' ? pattern : undefined, glob].filter((text) => typeof text === 'string').join(' ')
  return [{ root: typeof path === 'string' && path !== '' ? path : undefined, names }]
}
