/**
 * A Markdown tree as elements. Every text is set as text and every element is one of those below: what a message holds
 * can't become anything else.
 */
import type { Nodes, Root, RootContent } from 'mdast'
import type { ComponentChildren } from 'preact'
import { CodeBlock } from './code-block.tsx'
import { safeAddress } from './link.ts'
import { Table } from './table.tsx'

/** Deeper, and beyond so many nodes, the source is shown. */
const MOST_DEPTH = 24
const MOST_NODES = 10_000

const HEADINGS = { 1: 'h3', 2: 'h4', 3: 'h5', 4: 'h6', 5: 'h6', 6: 'h6' } as const

/** What the parts of a tree need of the whole. */
export interface Rendering {
  readonly source: string
  /** Addresses of `[text][name]`, by their normal names. */
  readonly addresses: ReadonlyMap<string, string>
  nodes: number
}

export function renderTree(root: Root, source: string): ComponentChildren {
  const addresses = new Map<string, string>()
  for (const node of root.children) {
    if (node.type === 'definition' && !addresses.has(node.identifier)) addresses.set(node.identifier, node.url)
  }
  return renderAll(root.children, { source, addresses, nodes: 0 }, 0)
}

export function renderAll(nodes: readonly Nodes[], rendering: Rendering, depth: number): ComponentChildren {
  return nodes.map((node) => render(node, rendering, depth + 1))
}

function render(node: Nodes, rendering: Rendering, depth: number): ComponentChildren {
  rendering.nodes += 1
  if (depth > MOST_DEPTH || rendering.nodes > MOST_NODES) return sourceOf(node, rendering)
  const inside = () => ('children' in node ? renderAll(node.children, rendering, depth) : null)
  switch (node.type) {
    case 'text':
      return node.value
    case 'paragraph':
      return <p>{inside()}</p>
    case 'strong':
      return <strong>{inside()}</strong>
    case 'emphasis':
      return <em>{inside()}</em>
    case 'delete':
      return <del>{inside()}</del>
    case 'inlineCode':
      return <code>{node.value}</code>
    case 'break':
      return <br />
    case 'thematicBreak':
      return <hr />
    case 'heading': {
      // The page's own headings are above those of a message.
      const Heading = HEADINGS[node.depth]
      return <Heading class={`heading heading-${node.depth}`}>{inside()}</Heading>
    }
    case 'blockquote':
      return <blockquote>{inside()}</blockquote>
    case 'list':
      return node.ordered ? <ol start={node.start ?? 1}>{inside()}</ol> : <ul>{inside()}</ul>
    case 'listItem':
      return (
        <li class={typeof node.checked === 'boolean' ? 'task' : undefined}>
          {typeof node.checked === 'boolean' && (
            <input type="checkbox" checked={node.checked} disabled aria-label={node.checked ? 'done' : 'open'} />
          )}
          {inside()}
        </li>
      )
    case 'code':
      return <CodeBlock code={node.value} language={node.lang ?? ''} />
    case 'table':
      return <Table node={node} rendering={rendering} depth={depth} />
    case 'link':
      return link(node.url, inside(), sourceOf(node, rendering))
    case 'linkReference':
      return link(rendering.addresses.get(node.identifier) ?? '', inside(), sourceOf(node, rendering))
    // A picture would be fetched from wherever a message says; the link tells what it is and waits for the person.
    case 'image':
      return link(node.url, node.alt || node.url, sourceOf(node, rendering))
    case 'imageReference':
      return link(
        rendering.addresses.get(node.identifier) ?? '',
        node.alt || node.identifier,
        sourceOf(node, rendering),
      )
    case 'footnoteReference':
      return <sup>[{node.label ?? node.identifier}]</sup>
    case 'footnoteDefinition':
      return (
        <div class="footnote">
          <sup>[{node.label ?? node.identifier}]</sup>
          {inside()}
        </div>
      )
    case 'definition':
      return null
    case 'html':
      return depth === 1 ? <p>{node.value}</p> : node.value
    default:
      return sourceOf(node, rendering)
  }
}

/** One that can't be a link stays the text that it is, address and all. */
function link(url: string, text: ComponentChildren, source: string): ComponentChildren {
  const href = safeAddress(url)
  if (href === undefined) return source
  return (
    <a href={href} title={href} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  )
}

function sourceOf(node: Nodes | RootContent, { source }: Rendering): string {
  const { start, end } = node.position ?? {}
  return source.slice(start?.offset ?? 0, end?.offset ?? 0)
}
