/** Reading the parameters of a method: JSON bodies bring values, forms bring texts, and both mean the same. */

import type { StoredFile } from '../state/files.ts'
import type { World } from '../state/world.ts'
import type { RequestBody, Upload } from '../wire/body.ts'
import { badRequest } from '../wire/failure.ts'

export interface Parameters {
  readonly body: RequestBody
  has(name: string): boolean
  /** Empty where it is missing. */
  text(name: string): string
  integer(name: string): number | undefined
  flag(name: string): boolean
  /** A value that a form brings as JSON. @throws ApiFailure 400 */
  json<T>(name: string): T | undefined
}

export function readParameters(body: RequestBody): Parameters {
  const get = (name: string) => body.parameters.get(name)
  return {
    body,
    has: (name) => get(name) !== undefined && get(name) !== null && get(name) !== '',
    text: (name) => toText(get(name)),
    integer(name) {
      const value = Number(get(name) ?? Number.NaN)
      return Number.isInteger(value) ? value : undefined
    },
    flag: (name) => ['true', '1'].includes(toText(get(name)).toLowerCase()),
    json<T>(name: string) {
      const value = get(name)
      if (value === undefined || value === null || value === '') return undefined
      if (typeof value !== 'string') return value as T
      try {
        return JSON.parse(value) as T
      } catch {
        throw badRequest(`can't parse ${name} JSON object`)
      }
    },
  }
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value)
}

export interface FileKind {
  readonly folder: string
  readonly extension: string
  /** The most bytes of this kind. */
  readonly most?: number
}

/** The file that a parameter means: uploaded under its own name or under `attach://NAME`, or known by its id. */
export function takeFile(world: World, { body }: Parameters, value: unknown, name: string, kind: FileKind): StoredFile {
  const words = toText(value)
  const attached = words.startsWith('attach://') ? words.slice('attach://'.length) : name
  const upload = body.uploads.get(attached)
  if (upload) return storeUpload(world, upload, kind)
  const known = world.files.byId(words)
  if (known) return known
  if (words === '') throw badRequest(`there is no ${name} in the request`)
  if (/^https?:/.test(words)) throw badRequest('failed to get HTTP URL content')
  throw badRequest('wrong remote file identifier specified: wrong padding in the string')
}

function storeUpload(world: World, upload: Upload, { folder, extension, most }: FileKind): StoredFile {
  const { bytes, name, mime } = upload
  if (bytes.length === 0) throw badRequest('file must be non-empty')
  if (most !== undefined && bytes.length > most) {
    throw badRequest(`file of size ${bytes.length} bytes is too big for a photo; the maximum size is ${most} bytes`)
  }
  const own = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0]
  return world.files.add({ folder, extension: own ?? extension, bytes, name, mime })
}
