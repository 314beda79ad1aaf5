/** The few pictures of the page, drawn with the colour of the text around them. */
import type { JSX } from 'preact'

function icon(path: string): () => JSX.Element {
  return () => (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={path} />
    </svg>
  )
}

export const ChatIcon: () => JSX.Element = icon(
  'M6.5 5h11A2.5 2.5 0 0 1 20 7.5v6a2.5 2.5 0 0 1-2.5 2.5H12l-4.5 4v-4h-1A2.5 2.5 0 0 1 4 13.5v-6A2.5 2.5 0 0 1 6.5 5Z',
)
export const SendIcon: () => JSX.Element = icon('M12 19V5m-6 6 6-6 6 6')
export const AttachIcon: () => JSX.Element = icon(
  'm20 11.5-8.2 8.2a5 5 0 0 1-7.1-7.1l8.6-8.6a3.3 3.3 0 0 1 4.7 4.7l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4l7.8-7.8',
)
export const CloseIcon: () => JSX.Element = icon('m6 6 12 12M18 6 6 18')
export const FileIcon: () => JSX.Element = icon(
  'M14 3H7a1.5 1.5 0 0 0-1.5 1.5v15A1.5 1.5 0 0 0 7 21h10a1.5 1.5 0 0 0 1.5-1.5V7.5L14 3Zm0 0v4.5h4.5',
)
export const DownloadIcon: () => JSX.Element = icon('M12 4v11m-5-5 5 5 5-5M5 20h14')
export const DownIcon: () => JSX.Element = icon('M12 5v14m-6-6 6 6 6-6')
export const ClockIcon: () => JSX.Element = icon('M12 7v5l3 2m6-2a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z')
export const CheckIcon: () => JSX.Element = icon('m5 12.5 4.5 4.5L19 7.5')
export const DoneIcon: () => JSX.Element = icon('m2 12.5 4.5 4.5L16 7.5m-4 8.8.7.7L22 7.5')
export const AlertIcon: () => JSX.Element = icon('M12 8v5m0 3v.1M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z')
export const CopyIcon: () => JSX.Element = icon('M9 9h10v10H9zM5 15V5h10')
export const ReplyIcon: () => JSX.Element = icon('M9 8 5 12l4 4m-4-4h9a5 5 0 0 1 5 5v1')
