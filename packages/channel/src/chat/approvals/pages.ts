/** A permission prompt as messages show it: all of the input, on pages where it has to be, its end on each of them. */
import type { PermissionRequest } from '@backchannel/protocol'
import { showBothEnds, showOnOneLine, showPlainly } from '../../relay/show.ts'
import type { Entity, RichText } from '../platform/rich-text.ts'

export interface PageOptions {
  /** UTF-16 units of a message. */
  readonly limit: number
  /** Without buttons, the words to type are what one answers with. */
  readonly hasButtons: boolean
}

/** The end of an input that is on several pages, on each: what a long command does may stand there. */
const TAIL_UNITS = 120

/** @returns at least one page; page after page the whole input */
export function renderPages(request: PermissionRequest, options: PageOptions): readonly RichText[] {
  const { toolName, description, inputPreview, requestId } = request
  const title = `🔐 ${showPlainly(toolName)}`
  const described = showBothEnds(showOnOneLine(description), 300)
  const input = showOnOneLine(inputPreview)
  const typed = `${options.hasButtons ? 'Or type' : 'Answer'}: yes ${requestId}  or  no ${requestId}`
  const frame = title.length + described.length + typed.length + '\n\n\n\n\n\n'.length
  const room = Math.max(options.limit - frame, 50)
  if (input.length <= room) return [renderPage({ title, described, input, note: '', typed })]

  const tail = input.slice(startOf(input, input.length - TAIL_UNITS))
  const note = (page: number, count: number) => `page ${page} of ${count}; it ends with: ${tail}`
  const each = Math.max(room - note(99, 99).length - 1, 20)
  const pieces: string[] = []
  for (let at = 0; at < input.length; ) {
    const end = startOf(input, Math.min(input.length, at + each))
    pieces.push(input.slice(at, end))
    at = end
  }
  return pieces.map((piece, at) =>
    renderPage({ title, described, input: piece, note: note(at + 1, pieces.length), typed }),
  )
}

interface PageParts {
  readonly title: string
  readonly described: string
  readonly input: string
  readonly note: string
  readonly typed: string
}

/** Only where a text stands tells what it is, so no text within it can: the input is code, and none of it a line of its own. */
function renderPage({ title, described, input, note, typed }: PageParts): RichText {
  const entities: Entity[] = [{ kind: 'bold', offset: 0, length: title.length }]
  let text = `${title}\n`
  if (described !== '') text += `${described}\n`
  if (input !== '') {
    text += '\n'
    entities.push({ kind: 'pre', offset: text.length, length: input.length })
    text += `${input}\n`
  }
  if (note !== '') text += `${note}\n`
  return { text: `${text}\n${typed}`, entities }
}

/** Not between the halves of a surrogate pair. */
function startOf(text: string, at: number): number {
  const index = Math.max(0, at)
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(index - 1, index + 1)) ? index - 1 : index
}

/** What stays of a prompt once it has ended. */
export function withOutcome({ text, entities }: RichText, outcome: string, typed: RegExp, limit: number): RichText {
  const body = text.replace(typed, '').trimEnd()
  const end = `\n\n${outcome}`
  const kept = body.length + end.length <= limit ? body : body.slice(0, startOf(body, limit - end.length))
  return {
    text: kept + end,
    entities: entities.flatMap((entity) =>
      entity.offset >= kept.length ? [] : [{ ...entity, length: Math.min(entity.length, kept.length - entity.offset) }],
    ),
  }
}
