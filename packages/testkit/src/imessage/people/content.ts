/** What people send beside words, one function a kind: `bob.sends(chat, photo(bytes))`. */
import type { AttributedPart } from '../typedstream/attributed-body.ts'
import { FILE_NAME, MENTION, PART, TRANSFER } from '../typedstream/attributed-body.ts'

export interface FileContent {
  readonly name: string
  readonly mime: string | null
  readonly uti: string
  readonly bytes: Uint8Array
  readonly isAudioMessage?: boolean
  readonly isSticker?: boolean
  /** The file is still in the cloud: the row is there, `transfer_state` is 0, the file is not. */
  readonly isPending?: boolean
  /** The row says that the file is there, and it is not. */
  readonly isMissing?: boolean
}

export type FileOptions = Partial<Omit<FileContent, 'bytes'>>

function file(defaults: Omit<FileContent, 'bytes'>): (bytes?: Uint8Array, options?: FileOptions) => FileContent {
  return (bytes = new TextEncoder().encode(defaults.name), options = {}) => ({ ...defaults, ...options, bytes })
}

type MakeFile = ReturnType<typeof file>

export const photo: MakeFile = file({ name: 'IMG_0001.HEIC', mime: 'image/heic', uti: 'public.heic' })
export const picture: MakeFile = file({ name: 'picture.png', mime: 'image/png', uti: 'public.png' })
export const document: MakeFile = file({ name: 'report.pdf', mime: 'application/pdf', uti: 'com.adobe.pdf' })
export const video: MakeFile = file({ name: 'IMG_0002.MOV', mime: 'video/quicktime', uti: 'com.apple.quicktime-movie' })
export const contact: MakeFile = file({ name: 'Grace Hopper.vcf', mime: 'text/vcard', uti: 'public.vcard' })
export const location: MakeFile = file({ name: 'CL.loc.vcf', mime: 'text/x-vlocation', uti: 'public.vlocation' })
export const sticker: MakeFile = file({ name: 'sticker.heic', mime: 'image/heic', uti: 'public.heic', isSticker: true })
/** A voice message, as the microphone button makes it. */
export const voice: MakeFile = file({
  name: 'Audio Message.caf',
  mime: 'audio/x-caf',
  uti: 'com.apple.coreaudio-format',
  isAudioMessage: true,
})
/** Of a kind that Messages knows no MIME type for. */
export const unknown: MakeFile = file({ name: 'data.xyz', mime: null, uti: 'dyn.ah62d4rv4ge81u8p4' })

/** Words with people named in them: `mentioning('hi ', { '@Bob': '+15550101' }, '!')`. */
export function mentioning(...parts: readonly (string | Readonly<Record<string, string>>)[]): AttributedPart[] {
  return parts.flatMap((part) => {
    if (typeof part === 'string') return [{ text: part, attributes: { [PART]: 0 } }]
    return Object.entries(part).map(([text, address]) => ({ text, attributes: { [PART]: 0, [MENTION]: address } }))
  })
}

/** The part of a body that stands for a file. */
export function filePart(guid: string, name: string, part: number): AttributedPart {
  return { attributes: { [TRANSFER]: guid, [FILE_NAME]: name, [PART]: part } }
}
