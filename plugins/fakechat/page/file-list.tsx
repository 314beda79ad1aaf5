/** The files of a message: pictures as they are, everything with its name, its size and a download. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { renderSize } from '../src/file-types.ts'
import type { FileLink } from '../src/wire.ts'
import { DownloadIcon, FileIcon } from './icons.tsx'

export function FileList({ files }: { readonly files: readonly FileLink[] }): JSX.Element {
  return (
    <ul class="files" aria-label="Attachments">
      {files.map((file) => (
        <li key={file.url}>
          <FileItem file={file} />
        </li>
      ))}
    </ul>
  )
}

const PICTURE = /^image\/(gif|jpeg|png|svg\+xml|webp)$/

function FileItem({ file }: { readonly file: FileLink }): JSX.Element {
  const isBroken = useSignal(false)
  const { url, name, size, mime } = file
  const onError = () => {
    isBroken.value = true
  }
  return (
    <a class="file" href={url} download={name} title={`Download ${name}`}>
      {PICTURE.test(mime) && !isBroken.value && <img src={url} alt={name} loading="lazy" onError={onError} />}
      <span class="file-row">
        <FileIcon />
        <span class="file-name">{name}</span>
        {/* Official links come without a size. */}
        {Number.isFinite(size) && <span class="file-size">{renderSize(size)}</span>}
        <DownloadIcon />
      </span>
    </a>
  )
}
