/** What two rows of one message have in common: its words, whatever Messages made of their quotes and spaces, or its files. */
import { createHash } from 'node:crypto'

/**
 * A digest, so that nobody reads messages where it is kept.
 * @param files the names of the files in it @param kind what it is, where that is no message
 */
export function keyOf(text: string, files: readonly string[], kind = ''): string {
  const parts = [kind, normalizeText(text), ...files.map(normalizeText)]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}

/** The whole text: two long ones that only begin alike are two. */
function normalizeText(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\u200d\ufe00-\ufe0f\ufffc]/g, '')
    .replace(/[\u2018\u2019\u201b]/g, "'")
    .replace(/[\u201c\u201d\u201f]/g, '"')
    .replace(/\u2026/g, '...')
    .replace(/\u2014/g, '--')
    .replace(/\s+/gu, ' ')
    .trim()
}

const LINK_FIRST = /^(https?:\/\/\S+)\s+(\S[\s\S]*)$/i
const LINK_LAST = /^([\s\S]*\S)\s+(https?:\/\/\S+)$/i

/** What Messages may make of a text that begins or ends with a link: a row of the link, and one of the rest. */
export function linkParts(text: string): readonly string[] {
  const [, first, after] = LINK_FIRST.exec(text.trim()) ?? []
  const rest = after ?? text.trim()
  const [, before, last] = LINK_LAST.exec(rest) ?? []
  const parts = [first, before ?? (first === undefined ? undefined : rest), last]
  return parts.filter((part) => part !== undefined)
}
