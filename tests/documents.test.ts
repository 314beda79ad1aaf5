/** The pages hold together: every link leads somewhere, and the decisions are numbered, indexed and of one form. */
import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listFiles, readText } from './support/repository.ts'

const files = listFiles()
const pages = files.filter((path) => path.endsWith('.md'))
const decisions = pages.filter((path) => /^docs\/decisions\/\d/.test(path))

describe('links', () => {
  it.each(pages)('of %s lead to files, and to headings that are there', (page) => {
    const links = [...withoutCode(readText(page)).matchAll(/\]\((?!https?:|mailto:)([^)\s]*)\)/g)].map(
      ([, link = '']) => link,
    )
    const broken = links.filter((link) => {
      const [path = '', heading] = link.split('#')
      const target = path === '' ? page : posix.join(posix.dirname(page), path.replace(/\/$/, ''))
      if (!files.includes(target)) return !files.some((file) => file.startsWith(`${target}/`))
      return heading !== undefined && !headings(target).includes(heading)
    })
    expect(broken).toEqual([])
  })
})

describe('decisions', () => {
  it('are numbered without a gap', () => {
    expect(decisions.map((path) => Number(posix.basename(path).slice(0, 4)))).toEqual(
      decisions.map((_path, at) => at + 1),
    )
  })

  it('are all in the index, in order, under their own titles or shorter ones', () => {
    const index = readText('docs/decisions/README.md')
    const listed = [...index.matchAll(/^\| \[(\d{4})\]\(([^)]+)\) \| .+ \|$/gm)]
    expect(listed.map(([, , file]) => `docs/decisions/${file}`)).toEqual(decisions)
    expect(listed.every(([, number, file = '']) => file.startsWith(`${number}-`))).toBe(true)
  })

  it.each(decisions)('%s has context, decision and consequences, in under 60 lines', (path) => {
    const text = readText(path)
    expect(text).toMatch(new RegExp(`^# ${posix.basename(path).slice(0, 4)}: \\S`))
    expect(text.match(/^## .+$/gm)).toEqual(['## Context', '## Decision', '## Consequences'])
    expect(text.split('\n').length).toBeLessThan(60)
  })
})

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '')
}

/** The anchors a forge makes of a page's headings. */
function headings(path: string): string[] {
  return [...readText(path).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  )
}
