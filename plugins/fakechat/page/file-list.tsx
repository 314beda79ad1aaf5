/** The files of a message: pictures as they are, everything with its name and size, and how far an upload is. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { renderSize } from '../src/file-types.ts'
import type { FileLink } from '../src/wire.ts'
import type { Client } from './client.ts'
import { type Entry, isUnsent } from './entry.ts'
import { CloseIcon, DownloadIcon, FileIcon } from './icons.tsx'

export function FileList({ entry, client }: { readonly entry: Entry; readonly client: Client }): JSX.Element {
  const { files, delivery } = entry
  const progress = delivery?.kind === 'sending' ? (delivery.progress ?? 0) : undefined
  return (
    <ul class="files" aria-label="Attachments">
      {files.map((file, at) => (
        <li key={file.url} class="file-item">
          <FileItem file={file} />
          {progress !== undefined && (
            <progress max={1} value={shareOf(files, at, progress)} aria-label={`Upload of ${file.name}`} />
          )}
          {isUnsent(entry) && (
            <button
              type="button"
              class="file-cancel"
              aria-label={`Do not send ${file.name}`}
              title={`Do not send ${file.name}`}
              onClick={() => client.outbox.cancelFile(entry.id, at)}
            >
              <CloseIcon />
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}

/** Files go one after the other: how far one is, from how far all are. */
function shareOf(files: readonly FileLink[], at: number, progress: number): number {
  const sizes = files.map(({ size }) => size)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const before = sizes.slice(0, at).reduce((sum, size) => sum + size, 0)
  const size = sizes[at] ?? 0
  return size === 0 ? progress : Math.min(1, Math.max(0, (progress * total - before) / size))
}

const PICTURE = /^image\/(gif|jpeg|png|svg\+xml|webp)$/

function FileItem({ file }: { readonly file: FileLink }): JSX.Element {
  const isBroken = useSignal(false)
  const { url, name, size, mime, gone } = file
  const onError = () => {
    isBroken.value = true
  }
  const row = (
    <span class="file-row">
      <FileIcon />
      <span class="file-name">{name}</span>
      {/* Official links come without a size. */}
      {Number.isFinite(size) && <span class="file-size">{gone ? 'no longer kept' : renderSize(size)}</span>}
      {!gone && <DownloadIcon />}
    </span>
  )
  if (gone) return <div class="file gone">{row}</div>
  return (
    <a class="file" href={url} download={name} title={`Download ${name}`}>
      {PICTURE.test(mime) && !isBroken.value && <img src={url} alt={name} loading="lazy" onError={onError} />}
      {row}
    </a>
  )
}
