/** Fresh addresses for files whose addresses have grown old. */
import { invalid } from '../wire/failure.ts'
import type { Context } from './context.ts'

const MOST_ADDRESSES = 50

/** Addresses that are none of a file come back as they are. */
export function refreshUrls({ world, fields }: Context): unknown {
  const given = fields['attachment_urls']
  if (!Array.isArray(given) || given.length > MOST_ADDRESSES) {
    throw invalid('attachment_urls', 'BASE_TYPE_BAD_LENGTH', `Must be between 1 and ${MOST_ADDRESSES} in length.`)
  }
  const refreshed_urls = given.map(String).map((original) => {
    const id = URL.canParse(original) ? new URL(original).pathname.split('/')[3] : undefined
    const file = id === undefined ? undefined : world.cdn.byId(id)
    return { original, refreshed: file ? world.cdn.describe(file).url : original }
  })
  return { refreshed_urls }
}
