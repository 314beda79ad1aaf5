/**
 * Which sources may approve in this session: those that the file names with their keys when the session begins, for as long
 * as it still does. A script that the agent runs can write into the file; it takes nobody in by that.
 */
import { readFileSync } from 'node:fs'
import { isPublicKey } from '../schemes/signing-key.ts'
import type { Source, Sources } from '../sources/source.ts'

export interface ApproverSources {
  /** Whether the file named one when it was first asked; that holds for the session. */
  any(): boolean
  /** The same as long as the first reading had the same names and keys. */
  fingerprint(): string
  /** The source with the keys by which it may approve; `undefined` where it may not. */
  find(source: Source): Source | undefined
  /** Names, in the order of the file; those of the first reading as long as no other is known. */
  list(sources: Sources | undefined): readonly string[]
}

export function createApproverSources(file: string): ApproverSources {
  let kept: ReadonlyMap<string, ReadonlySet<string>> | undefined
  const first = () => {
    kept ??= readNamed(file)
    return kept
  }
  const find = (source: Source): Source | undefined => {
    const secrets = source.secrets.filter((secret) => first().get(source.name)?.has(secret))
    return source.approver && secrets.length > 0 ? { ...source, secrets } : undefined
  }
  return {
    any: () => first().size > 0,
    fingerprint: () => JSON.stringify([...first()].map(([name, keys]) => [name, ...keys])),
    find,
    list: (sources) =>
      sources
        ? [...sources.byPath.values()].filter((source) => find(source)).map(({ name }) => name)
        : [...first().keys()],
  }
}

/** Without waiting, for the handshake. What the rest of the file is good for is judged, and told, when the channel starts. */
function readNamed(file: string): ReadonlyMap<string, ReadonlySet<string>> {
  const named = new Map<string, ReadonlySet<string>>()
  for (const source of readList(file)) {
    const { name, approver, secrets } = Object(source) as Record<string, unknown>
    if (approver !== true || typeof name !== 'string' || !Array.isArray(secrets)) continue
    const keys = secrets.filter((secret): secret is string => typeof secret === 'string' && isPublicKey(secret))
    if (keys.length > 0) named.set(name, new Set(keys))
  }
  return named
}

function readList(file: string): readonly unknown[] {
  try {
    const { sources } = Object(JSON.parse(readFileSync(file, 'utf8'))) as { sources?: unknown }
    return Array.isArray(sources) ? sources : []
  } catch {
    return []
  }
}
