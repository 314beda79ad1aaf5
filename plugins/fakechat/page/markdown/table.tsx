/** A table of a message, which scrolls in itself where the screen is small. */
import type { Table as TableNode } from 'mdast'
import type { JSX } from 'preact'
import { type Rendering, renderAll } from './render.tsx'

export interface TableProps {
  readonly node: TableNode
  readonly rendering: Rendering
  readonly depth: number
}

export function Table({ node, rendering, depth }: TableProps): JSX.Element {
  const [head, ...rows] = node.children
  const cells = (row: (typeof rows)[number] | undefined, Cell: 'th' | 'td') =>
    row?.children.map((cell, at) => (
      <Cell key={cell.position?.start.offset} class={alignment(node.align?.[at])}>
        {renderAll(cell.children, rendering, depth)}
      </Cell>
    ))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="table" aria-label="Table" tabIndex={0}>
      <table>
        <thead>
          <tr>{cells(head, 'th')}</tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.position?.start.offset}>{cells(row, 'td')}</tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function alignment(align: string | null | undefined): string | undefined {
  return align ? `align-${align}` : undefined
}
