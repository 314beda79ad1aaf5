/** Where the build reads and writes. */
import { join } from 'node:path'

export const ROOT: string = join(import.meta.dirname, '../..')
export const DIST: string = join(ROOT, 'dist')
export const MARKETPLACE: string = join(DIST, 'marketplace')
export const CLI: string = join(DIST, 'cli')
