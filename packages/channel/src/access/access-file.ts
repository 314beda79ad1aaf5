/** `access.json` in the official schema: who may write, where, and how the channel answers there. */
import { BackchannelError, isRecord } from '@backchannel/protocol'
import { createPattern, type Pattern, PatternError } from '../pattern/pattern.ts'
import { showPlainly } from '../relay/show.ts'
import { type PendingPairing, parsePending, renderPending } from './pairing.ts'

/** What becomes of a direct message by somebody who is not on the list: a code, nothing, or nothing for anybody at all. */
export type DmPolicy = 'pairing' | 'allowlist' | 'disabled'
export const DM_POLICIES: readonly DmPolicy[] = ['pairing', 'allowlist', 'disabled']

export type ReplyToMode = 'off' | 'first' | 'all'
export const REPLY_TO_MODES: readonly ReplyToMode[] = ['off', 'first', 'all']

export type ChunkMode = 'length' | 'newline'
export const CHUNK_MODES: readonly ChunkMode[] = ['length', 'newline']

export interface GroupAccess {
  /** Only messages that mention the bot are heard. Default true. */
  readonly requireMention: boolean
  /** Ids of the members who are heard; empty for every member. */
  readonly allowFrom: readonly string[]
}

export interface AccessFile {
  readonly dmPolicy: DmPolicy
  /** Ids of senders whose direct messages come through. */
  readonly allowFrom: readonly string[]
  /** By the platform's id of the group, or of the channel that a thread belongs to. */
  readonly groups: ReadonlyMap<string, GroupAccess>
  /** Those that are understood; one that is not can't be paired, and stays in the file as it is. */
  readonly pending: readonly PendingPairing[]
  /** The patterns of `mentionPatterns` that can be used, in either case of letters. */
  readonly mentions: readonly Pattern[]
  /** An emoji with which a message is marked as received. */
  readonly ackReaction?: string
  /** Which parts of an answer refer to the message. */
  readonly replyToMode: ReplyToMode
  /** UTF-16 units of one message at most; absent for the platform's own limit. */
  readonly textChunkLimit?: number
  /** Where a long answer is cut. */
  readonly chunkMode: ChunkMode
  /** What is not used of the file, in words. */
  readonly warnings: readonly string[]
  /** The whole file as it was read: what is not changed is written back as it was. */
  readonly raw: Readonly<Record<string, unknown>>
}

/**
 * @param fallback the policy of a file that names none
 * @throws BackchannelError `state-invalid`, naming file and field: a file that is not understood lets nobody in
 */
export function parseAccess(value: unknown, file: string, fallback: DmPolicy = 'pairing'): AccessFile {
  const raw = value === undefined ? {} : value
  if (!isRecord(raw)) throw refuse(file, 'the file is no object')
  const fields = { raw, file }
  const { mentions, warnings } = compile(texts(fields, 'mentionPatterns', isText, 'texts'))
  const ackReaction = own(raw, 'ackReaction')
  if (ackReaction !== undefined && typeof ackReaction !== 'string') throw refuse(file, '"ackReaction" is no text')
  const textChunkLimit = readLimit(fields)
  const pending = own(raw, 'pending') ?? {}
  if (!isRecord(pending)) throw refuse(file, '"pending" is no object')
  return {
    dmPolicy: oneOf(fields, 'dmPolicy', DM_POLICIES, fallback),
    allowFrom: readIds(fields, 'allowFrom'),
    groups: readGroups(fields),
    pending: Object.entries(pending).flatMap(parsePending),
    mentions,
    ...(ackReaction ? { ackReaction } : {}),
    replyToMode: oneOf(fields, 'replyToMode', REPLY_TO_MODES, 'first'),
    ...(textChunkLimit === undefined ? {} : { textChunkLimit }),
    chunkMode: oneOf(fields, 'chunkMode', CHUNK_MODES, 'length'),
    warnings,
    raw,
  }
}

export interface AccessChange {
  /** Keys in their new form; `undefined` takes one out. */
  readonly set?: Readonly<Record<string, unknown>>
  /** Codes that are taken out. */
  readonly without?: ReadonlySet<string>
  readonly offered?: PendingPairing
}

/** Every key and every code that is not named in the change stays as it was, in its place. */
export function renderAccess(
  { raw }: AccessFile,
  { set = {}, without, offered }: AccessChange,
): Record<string, unknown> {
  const pending = own(raw, 'pending')
  const kept = Object.entries(isRecord(pending) ? pending : {}).filter(([code]) => !without?.has(code))
  const others = kept.filter(([code]) => code !== offered?.code)
  const added = offered === undefined ? [] : [[offered.code, renderPending(offered)] as const]
  // An official server that starts with this file takes its own default for what is missing.
  const all = {
    ...raw,
    allowFrom: own(raw, 'allowFrom') ?? [],
    groups: own(raw, 'groups') ?? {},
    pending: Object.fromEntries([...others, ...added]),
    ...set,
  }
  return Object.fromEntries(Object.entries(all).filter(([, item]) => item !== undefined))
}

/** The groups as they stand in the file, with all that they or their entries hold beside what is known. */
export function rawGroups({ raw }: AccessFile): Readonly<Record<string, unknown>> {
  const groups = own(raw, 'groups')
  return isRecord(groups) ? groups : {}
}

interface Fields {
  readonly raw: Readonly<Record<string, unknown>>
  readonly file: string
}

function readGroups({ raw, file }: Fields): ReadonlyMap<string, GroupAccess> {
  const groups = own(raw, 'groups') ?? {}
  if (!isRecord(groups)) throw refuse(file, '"groups" is no object')
  return new Map(
    Object.entries(groups).map(([id, value]) => {
      const name = `"groups" → "${showPlainly(id)}"`
      if (!isRecord(value)) throw refuse(file, `${name} is no object`)
      const requireMention = own(value, 'requireMention') ?? true
      if (typeof requireMention !== 'boolean') throw refuse(file, `${name} "requireMention" is neither true nor false`)
      return [id, { requireMention, allowFrom: readIds({ raw: value, file }, 'allowFrom', name) }] as const
    }),
  )
}

/** A platform's ids are numbers to those who write them by hand. */
function readIds(fields: Fields, key: string, inside?: string): readonly string[] {
  const isId = (item: unknown): item is string | number => typeof item === 'string' || Number.isSafeInteger(item)
  return [...new Set(texts(fields, key, isId, 'ids', inside).map(String))]
}

function texts<Item>(
  { raw, file }: Fields,
  key: string,
  isItem: (item: unknown) => item is Item,
  what: string,
  inside?: string,
): readonly Item[] {
  const list = own(raw, key) ?? []
  if (Array.isArray(list) && list.every(isItem)) return list
  throw refuse(file, `${inside === undefined ? '' : `${inside} `}"${key}" is no list of ${what}`)
}

function oneOf<Word extends string>({ raw, file }: Fields, key: string, words: readonly Word[], fallback: Word): Word {
  const value = own(raw, key)
  const found = value === undefined ? fallback : words.find((word) => word === value)
  if (found !== undefined) return found
  throw refuse(file, `"${key}" is none of ${words.map((word) => `"${word}"`).join(', ')}`)
}

function readLimit({ raw, file }: Fields): number | undefined {
  const value = own(raw, 'textChunkLimit')
  if (value === undefined) return undefined
  const limit = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  if (typeof limit === 'number' && Number.isFinite(limit) && limit >= 1) return Math.floor(limit)
  throw refuse(file, '"textChunkLimit" is no number from 1 on')
}

/** A pattern that can't be used mentions nobody; it does not keep the others from being used. */
function compile(patterns: readonly string[]): Pick<AccessFile, 'mentions' | 'warnings'> {
  const warnings: string[] = []
  const mentions = patterns.flatMap((text) => {
    try {
      return [createPattern(text, { ignoreCase: true })]
    } catch (thrown) {
      if (!(thrown instanceof PatternError)) throw thrown
      warnings.push(`the mention pattern "${showPlainly(text)}" is not used: ${thrown.message}`)
      return []
    }
  })
  return { mentions, warnings }
}

function isText(item: unknown): item is string {
  return typeof item === 'string'
}

function own(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

function refuse(file: string, problem: string): BackchannelError {
  return new BackchannelError('state-invalid', `${file} can't be used: ${problem}.`, {
    hint: 'Correct it, or move it away to begin with an empty one. Until then nobody is let in by it.',
  })
}
