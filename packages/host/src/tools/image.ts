/** What a picture is, by its first bytes: the built-in tools read text, and say of a picture what it is and how large. */

interface Size {
  readonly width: number
  readonly height: number
}

/** `PNG picture, 640×480`, or undefined for bytes that begin like no picture. */
export function describeImage(head: Buffer): string | undefined {
  const kind = KINDS.find(({ magic }) => magic.test(head.subarray(0, 16).toString('latin1')))
  if (!kind) return undefined
  const size = kind.size(head)
  return `${kind.name} picture${size ? `, ${size.width}×${size.height}` : ''}`
}

const KINDS: readonly { readonly name: string; readonly magic: RegExp; size(head: Buffer): Size | undefined }[] = [
  { name: 'PNG', magic: /^\x89PNG\r\n\x1a\n/, size: (head) => at(head, 16, 'readUInt32BE', 4) },
  { name: 'GIF', magic: /^GIF8[79]a/, size: (head) => at(head, 6, 'readUInt16LE', 2) },
  { name: 'JPEG', magic: /^\xff\xd8\xff/, size: findJpegSize },
  { name: 'WebP', magic: /^RIFF[\s\S]{4}WEBP/, size: () => undefined },
]

function at(head: Buffer, offset: number, read: 'readUInt32BE' | 'readUInt16LE', bytes: number): Size | undefined {
  if (head.length < offset + 2 * bytes) return undefined
  return { width: head[read](offset), height: head[read](offset + bytes) }
}

/** Markers follow each other until the one that begins the frame; its height comes first. */
function findJpegSize(head: Buffer): Size | undefined {
  for (let offset = 2; offset + 9 <= head.length && head[offset] === 0xff; ) {
    const marker = head[offset + 1] ?? 0
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) return { height: head.readUInt16BE(offset + 5), width: head.readUInt16BE(offset + 7) }
    offset += 2 + head.readUInt16BE(offset + 2)
  }
  return undefined
}
