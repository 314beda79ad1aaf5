/** A Node on this machine that is older than the channels need, if there is one. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Its path; `undefined` where every Node on the path is new enough. */
export function findOldNode(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  return [...new Set(folders)].map((folder) => join(folder, 'node')).find(isOld)
}

function isOld(path: string): boolean {
  if (!existsSync(path)) return false
  try {
    const [major = 0, minor = 0] = execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' })
      .split('.')
      .map(Number)
    return major < 22 || (major === 22 && minor < 18)
  } catch {
    return false
  }
}
