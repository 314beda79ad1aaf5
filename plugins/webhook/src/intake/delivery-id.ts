/** The journal knows a delivery by one text: the source's name and the sender's id, whatever that holds. */
import { sha256 } from '../schemes/digest.ts'

const PLAIN = /^[\x21-\x7e]{1,150}$/

/** Ids of two sources are never the same; a long or odd one counts by its digest. */
export function toDeliveryId(source: string, id: string | undefined): string | undefined {
  if (id === undefined || id === '') return undefined
  return `${source}:${PLAIN.test(id) ? id : `sha256 ${sha256(id).toString('base64url')}`}`
}
