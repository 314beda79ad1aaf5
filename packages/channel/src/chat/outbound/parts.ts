/** What a reply is made of: pieces of its text and its files, in the order in which the platform shows them. */
import type { ReplyToMode } from '../../access/access-file.ts'
import type { FilesOut } from '../platform/limits.ts'
import type { RichText } from '../platform/rich-text.ts'
import { plainText } from '../platform/rich-text.ts'
import type { Part } from './intent.ts'

export interface PartsOptions {
  readonly filesOut: FilesOut
  /** The message that is answered. */
  readonly replyTo?: string | undefined
  readonly replyToMode: ReplyToMode
}

export function planParts(
  pieces: readonly RichText[],
  paths: readonly string[],
  { filesOut, replyTo, replyToMode }: PartsOptions,
): readonly Part[] {
  const per = Math.max(1, filesOut.perMessage)
  const groups = Array.from({ length: Math.ceil(paths.length / per) }, (_, at) => paths.slice(at * per, (at + 1) * per))
  const isFirst = filesOut.placement === 'first'
  const [onFirst = [], ...own] = isFirst ? groups : [[], ...groups]
  const texts = pieces.map((text, at): Omit<Part, 'replyTo'> => ({ text, files: at === 0 ? onFirst : [] }))
  const alone = pieces.length === 0 && onFirst.length > 0 ? [onFirst, ...own] : own
  const files = alone.map((group): Omit<Part, 'replyTo'> => ({ text: plainText(''), files: group }))
  const refers = (at: number, isFile: boolean) =>
    replyTo !== undefined && replyToMode !== 'off' && (at === 0 || replyToMode === 'all' || isFile)
  return [...texts, ...files].map((part, at) =>
    refers(at, at >= texts.length && !isFirst) ? { ...part, replyTo: replyTo as string } : part,
  )
}
