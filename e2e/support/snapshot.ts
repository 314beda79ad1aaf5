/** A folder as it lies on disk, to the byte: for what must not change. */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Path below the folder → mode, time of the last change and content; empty where there is no folder. */
export function takeSnapshot(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {}
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return Object.fromEntries(
    ['.', ...entries].map((name) => {
      const path = join(folder, name)
      const { mode, mtimeMs } = lstatSync(path)
      const content = lstatSync(path).isFile() ? readFileSync(path, 'base64') : ''
      return [name, `${mode.toString(8)} ${mtimeMs} ${content}`]
    }),
  )
}
