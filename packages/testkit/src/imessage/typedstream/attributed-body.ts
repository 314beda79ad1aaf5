/** Writes the `attributedBody` of a message: an NSAttributedString with its runs, as Messages archives it. */
import { type ClassChain, createArchive } from './archive.ts'

/** What an attribute holds; a number is an NSNumber, bytes an NSData, a URL an NSURL. */
export type AttributeValue = string | number | Uint8Array | URL

export interface AttributedPart {
  /** Default: U+FFFC, which stands for an attachment. */
  readonly text?: string
  readonly attributes?: Readonly<Record<string, AttributeValue>>
}

export interface BodyOptions {
  /** NSMutableAttributedString with an NSMutableString, as older systems write it. */
  readonly isMutable?: boolean
}

export const PART = '__kIMMessagePartAttributeName'
export const MENTION = '__kIMMentionConfirmedMention'
export const LINK = '__kIMLinkAttributeName'
export const TRANSFER = '__kIMFileTransferGUIDAttributeName'
export const FILE_NAME = '__kIMFilenameAttributeName'

const ROOT: ClassChain = [['NSObject', 0]]
const STRING: ClassChain = [['NSString', 1], ...ROOT]
const ATTRIBUTED: ClassChain = [['NSAttributedString', 0], ...ROOT]
const NUMBER: ClassChain = [['NSNumber', 0], ['NSValue', 0], ...ROOT]

export function encodeAttributedBody(parts: string | readonly AttributedPart[], options: BodyOptions = {}): Uint8Array {
  const { isMutable = false } = options
  const runs = typeof parts === 'string' ? [{ text: parts, attributes: { [PART]: 0 } }] : parts
  const text = runs.map((run) => run.text ?? '\ufffc').join('')
  const archive = createArchive()

  const string = (value: string, chain: ClassChain = STRING, identity?: string): void => {
    const write = () => {
      archive.type('+')
      archive.text(value)
    }
    archive.object(chain, write, identity)
  }
  const number = (value: number): void => {
    const write = () => {
      const type = Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? 'i' : 'd'
      archive.type('*')
      archive.cString(type)
      archive.type(type)
      if (type === 'd') archive.raw(doubleOf(value))
      else archive.integer(value)
    }
    archive.object(NUMBER, write, `number ${value}`)
  }
  const data = (value: Uint8Array): void =>
    archive.object([['NSData', 0], ...ROOT], () => {
      archive.type('i')
      archive.integer(value.length)
      archive.type(`[${value.length}c]`)
      archive.raw(value)
    })
  const url = (value: URL): void =>
    archive.object([['NSURL', 0], ...ROOT], () => {
      archive.type('c')
      archive.integer(0)
      archive.type('@')
      string(value.href)
    })
  const attribute = (value: AttributeValue): void => {
    archive.type('@')
    if (typeof value === 'string') string(value)
    else if (typeof value === 'number') number(value)
    else if (value instanceof URL) url(value)
    else data(value)
  }

  archive.type('@')
  archive.object(isMutable ? [['NSMutableAttributedString', 0], ...ATTRIBUTED] : ATTRIBUTED, () => {
    archive.type('@')
    string(text, isMutable ? [['NSMutableString', 1], ...STRING] : STRING)
    const known = new Map<string, number>()
    for (const { text: words = '\ufffc', attributes = {} } of runs) {
      if (words === '') continue
      const entries = Object.entries(attributes)
      const key = JSON.stringify(
        entries.map(([name, value]) => [name, value instanceof Uint8Array ? [...value] : value]),
      )
      archive.type('iI')
      const number = known.get(key)
      archive.integer(number ?? known.size + 1)
      archive.integer(words.length)
      // A run with attributes that were there before names them by their number.
      if (number !== undefined) continue
      known.set(key, known.size + 1)
      archive.type('@')
      archive.object([['NSDictionary', 0], ...ROOT], () => {
        archive.type('i')
        archive.integer(entries.length)
        for (const [name, value] of entries) {
          // The names are constants: the same object each time, as small numbers are.
          archive.type('@')
          string(name, STRING, `name ${name}`)
          attribute(value)
        }
      })
    }
  })
  return archive.finish()
}

/** A double is its tag and eight bytes. */
function doubleOf(value: number): Uint8Array {
  const bytes = Buffer.alloc(9)
  bytes[0] = 0x83
  bytes.writeDoubleLE(value, 1)
  return new Uint8Array(bytes)
}
