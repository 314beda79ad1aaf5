/** The files that the next message takes along. */
import type { JSX } from 'preact'
import { renderSize } from '../src/file-types.ts'
import { FILE_COUNT_LIMIT, FILE_LIMIT } from '../src/wire.ts'
import { CloseIcon, FileIcon } from './icons.tsx'

export interface ChipsProps {
  readonly files: readonly File[]
  readonly onRemove: (file: File) => void
}

export function Chips({ files, onRemove }: ChipsProps): JSX.Element {
  return (
    <ul class="chips" aria-label="Attached files">
      {files.map((file) => (
        <Chip key={file} file={file} onRemove={() => onRemove(file)} />
      ))}
    </ul>
  )
}

function Chip({ file, onRemove }: { readonly file: File; readonly onRemove: () => void }): JSX.Element {
  return (
    <li class="chip">
      <FileIcon />
      <span class="file-name">{file.name}</span>
      <span class="file-size">{renderSize(file.size)}</span>
      <button type="button" class="chip-remove" aria-label={`Remove ${file.name}`} onClick={onRemove}>
        <CloseIcon />
      </button>
    </li>
  )
}

/** Those of `added` that may be sent, and what is wrong with the others. */
export function admitFiles(
  files: readonly File[],
  added: readonly File[],
): readonly [readonly File[], string | undefined] {
  const tooLarge = added.find(({ size }) => size > FILE_LIMIT)
  const next = [...files, ...added.filter(({ size }) => size <= FILE_LIMIT)]
  if (tooLarge) {
    return [
      next.slice(0, FILE_COUNT_LIMIT),
      `${tooLarge.name} has ${renderSize(tooLarge.size)}; a file may have ${renderSize(FILE_LIMIT)}.`,
    ]
  }
  if (next.length <= FILE_COUNT_LIMIT) return [next, undefined]
  return [next.slice(0, FILE_COUNT_LIMIT), `A message may have ${FILE_COUNT_LIMIT} files.`]
}
