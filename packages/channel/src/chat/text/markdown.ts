/** What an agent writes, Markdown, as text with spans; never throws, and what can't be formatted stays as it was written. */
import type { Nodes, Parent, RootContent, Table } from 'mdast'
import { plainText, type RichText } from '../platform/rich-text.ts'
import { type Builder, createBuilder } from './builder.ts'
import { parseMarkdown } from './parse.ts'

/** Deeper than a reader follows; what lies below is shown as its text. */
const MOST_LEVELS = 24
const ADDRESS = /^(?:https?:\/\/|mailto:)\S+$/i

export function renderMarkdown(markdown: string): RichText {
  const root = parseMarkdown(markdown)
  if (!root) return plainText(markdown)
  const builder = createBuilder()
  const source = (node: Nodes) => markdown.slice(node.position?.start.offset ?? 0, node.position?.end.offset ?? 0)
  writeBlocks(root.children, { builder, source, indent: '', level: 0 })
  const rich = builder.build()
  // What holds only definitions and the like is still something that was said.
  return rich.text === '' ? plainText(markdown.trim()) : rich
}

interface Writing {
  readonly builder: Builder
  /** A node as it was written. */
  source(node: Nodes): string
  /** Before each line of the block but its first. */
  readonly indent: string
  readonly level: number
}

function writeBlocks(blocks: readonly RootContent[], writing: Writing, gap = '\n\n'): void {
  let first = true
  for (const block of blocks) {
    if (block.type === 'definition') continue
    if (!first) writing.builder.add(gap + writing.indent)
    first = false
    writeBlock(block, writing)
  }
}

function writeBlock(node: RootContent, writing: Writing): void {
  const { builder, indent } = writing
  const deeper = { ...writing, level: writing.level + 1 }
  if (writing.level > MOST_LEVELS) {
    builder.add(writing.source(node))
    return
  }
  switch (node.type) {
    case 'heading':
      builder.within({ kind: 'bold' }, () => writeInline(node, deeper))
      return
    case 'paragraph':
      writeInline(node, deeper)
      return
    case 'blockquote':
      builder.within({ kind: 'blockquote' }, () => writeBlocks(node.children, deeper))
      return
    case 'code':
      // As it is, without the indentation of a list: it is there to be copied.
      builder.addAlone(node.value === '' ? ' ' : node.value, {
        kind: 'pre',
        ...(node.lang ? { language: node.lang } : {}),
      })
      return
    case 'list': {
      let number = node.start ?? 1
      node.children.forEach((item, at) => {
        if (at > 0) builder.add(`${node.spread ? '\n\n' : '\n'}${indent}`)
        const box = item.checked === null || item.checked === undefined ? '' : item.checked ? '☑ ' : '☐ '
        const mark = node.ordered ? `${number}. ` : box === '' ? '• ' : ''
        number += 1
        builder.add(mark + box)
        writeBlocks(item.children, { ...deeper, indent: `${indent}  ` }, item.spread ? '\n\n' : '\n')
      })
      return
    }
    case 'table':
      builder.addAlone(renderTable(node, writing), { kind: 'pre' })
      return
    case 'thematicBreak':
      builder.add('———')
      return
    default:
      writeSpan(node, deeper)
  }
}

function writeInline(parent: Parent, writing: Writing): void {
  for (const child of parent.children) writeSpan(child, writing)
}

function writeSpan(node: RootContent, writing: Writing): void {
  const { builder, indent } = writing
  if (writing.level > MOST_LEVELS) {
    builder.add(writing.source(node))
    return
  }
  const inner = () => writeInline(node as Parent, { ...writing, level: writing.level + 1 })
  switch (node.type) {
    case 'text':
      builder.add(node.value.replaceAll('\n', `\n${indent}`))
      return
    case 'break':
      builder.add(`\n${indent}`)
      return
    case 'strong':
      builder.within({ kind: 'bold' }, inner)
      return
    case 'emphasis':
      builder.within({ kind: 'italic' }, inner)
      return
    case 'delete':
      builder.within({ kind: 'strikethrough' }, inner)
      return
    case 'inlineCode':
      builder.addAlone(node.value, { kind: 'code' })
      return
    case 'link':
      if (ADDRESS.test(node.url)) builder.within({ kind: 'link', url: node.url }, inner)
      else builder.add(writing.source(node))
      return
    case 'image': {
      const words = node.alt || node.url
      if (ADDRESS.test(node.url)) builder.within({ kind: 'link', url: node.url }, () => builder.add(words))
      else builder.add(writing.source(node))
      return
    }
    default:
      // HTML, footnotes, references: as they were written.
      builder.add(writing.source(node))
  }
}

/** Columns of equal width, as far as that can be without knowing the font. */
function renderTable({ children, align }: Table, writing: Writing): string {
  const rows = children.map(({ children: cells }) =>
    cells.map((cell) => {
      const builder = createBuilder()
      writeInline(cell, { ...writing, builder, indent: '', level: writing.level + 1 })
      return builder.build().text.replaceAll('\n', ' ')
    }),
  )
  const width = (text: string) => [...text].length
  const columns = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map((row) => width(row[at] ?? ''))))
  const line = (row: readonly string[]) =>
    widths
      .map((wide, at) => {
        const cell = row[at] ?? ''
        const pad = ' '.repeat(wide - width(cell))
        return align?.[at] === 'right' ? pad + cell : cell + pad
      })
      .join(' | ')
      .trimEnd()
  const [head = [], ...body] = rows
  const rule = widths.map((wide) => '-'.repeat(Math.max(1, wide))).join('-|-')
  return [line(head), rule, ...body.map(line)].join('\n')
}
