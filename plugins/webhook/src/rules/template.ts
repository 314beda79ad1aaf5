/** Liquid templates over a delivery, with bounds; the engine is loaded by the first source that has one. */
import { BackchannelError } from '@backchannel/channel'
import type { Template as LiquidTemplate } from 'liquidjs'
import type { View } from './path.ts'

export interface Template {
  /** @throws BackchannelError `template-failed` */
  render(view: View): string
}

export interface TemplateEngine {
  /** @throws Error whose message says what is wrong and where */
  parse(text: string): Template
}

/** The longest template, in characters. */
export const TEMPLATE_UNITS = 20_000
/** What one rendering may take. */
const RENDER_MS = 100
/** Counted by the engine: characters and list entries that filters and loops make. */
const RENDER_UNITS = 5_000_000
/** These read other templates, and there are none. */
const FILE_TAGS = ['include', 'render', 'layout', 'block']

let engine: Promise<TemplateEngine> | undefined

/** The one engine of this process. */
export function loadTemplateEngine(): Promise<TemplateEngine> {
  engine ??= createEngine()
  return engine
}

export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%')
}

async function createEngine(): Promise<TemplateEngine> {
  const { Liquid } = await import('liquidjs')
  const liquid = new Liquid({
    ownPropertyOnly: true,
    strictFilters: true,
    templates: {},
    parseLimit: TEMPLATE_UNITS,
    renderLimit: RENDER_MS,
    memoryLimit: RENDER_UNITS,
    outputEscape: renderValue,
  })
  for (const tag of FILE_TAGS) delete liquid.tags[tag]
  return {
    parse(text) {
      const parsed: LiquidTemplate[] = liquid.parse(text)
      return { render: ({ headers, body }) => guard(() => liquid.renderSync(parsed, { headers, body })) }
    },
  }
}

/** Objects and lists as JSON: the engine's own form of them says nothing. */
function renderValue(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? (JSON.stringify(value) ?? '') : String(value)
}

function guard(render: () => unknown): string {
  try {
    return String(render())
  } catch (thrown) {
    const reason = thrown instanceof Error ? (thrown.message.split('\n', 1)[0] ?? '') : String(thrown)
    throw new BackchannelError('template-failed', `The template of this source failed: ${reason}.`, {
      hint: 'Correct the template in the sources file; a delivery that is sent again is rendered by the new one.',
      cause: thrown,
    })
  }
}
