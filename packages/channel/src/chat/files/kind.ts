/** What a file is by its first bytes: a name and a type from outside are claims. */

const MAGIC: readonly (readonly [extension: string, mime: string, test: (bytes: Buffer) => boolean])[] = [
  ['.jpg', 'image/jpeg', (bytes) => starts(bytes, 'ffd8ff')],
  ['.png', 'image/png', (bytes) => starts(bytes, '89504e470d0a1a0a')],
  ['.gif', 'image/gif', (bytes) => /^GIF8[79]a/.test(bytes.toString('latin1', 0, 6))],
  ['.webp', 'image/webp', (bytes) => /^RIFF[\s\S]{4}WEBP/.test(bytes.toString('latin1', 0, 12))],
  ['.pdf', 'application/pdf', (bytes) => bytes.toString('latin1', 0, 5) === '%PDF-'],
  ['.heic', 'image/heic', (bytes) => /^[\s\S]{4}ftyp(?:heic|heix|mif1|msf1)/.test(bytes.toString('latin1', 0, 12))],
]
/** Bytes that {@link kindOf} needs. */
export const HEAD_BYTES = 16

export interface FileKind {
  /** With its dot. */
  readonly extension: string
  readonly mime: string
}

export function kindOf(head: Buffer): FileKind | undefined {
  const found = MAGIC.find(([, , test]) => test(head))
  return found && { extension: found[0], mime: found[1] }
}

/** Extensions that promise a kind that the first bytes show: without those bytes the promise is not kept. */
export function isShownByBytes(extension: string): boolean {
  return extension === '.jpeg' || MAGIC.some(([one]) => one === extension)
}

const TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.html': 'text/html',
  '.jpeg': 'image/jpeg',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.ogg': 'audio/ogg',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.zip': 'application/zip',
}

/** The type of a file of this machine by its name. */
export function mimeOf(extension: string): string {
  return MAGIC.find(([one]) => one === extension)?.[1] ?? TYPES[extension] ?? 'application/octet-stream'
}

function starts(bytes: Buffer, hex: string): boolean {
  return bytes.toString('hex', 0, hex.length / 2) === hex
}
