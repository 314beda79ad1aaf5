/** The project folders that the operator trusts: recorded beside the consents, by their real path. */
import { isRecord } from '@backchannel/protocol'
import { createConsentFile, realFolder } from './consent-file.ts'

export interface TrustedFolder {
  /** The folder's real path. */
  readonly project: string
  /** ISO 8601. */
  readonly grantedAt: string
}

export interface TrustedFolders {
  /** This very folder, not one below it. False also where the file cannot be read. */
  isTrusted(project: string): Promise<boolean>
  /** @throws BackchannelError `settings-invalid` or `state-unwritable`, as for consents */
  trust(project: string): Promise<void>
  list(): Promise<readonly TrustedFolder[]>
  /** @returns whether it was trusted */
  revoke(project: string): Promise<boolean>
}

/** @param file `~/.backchannel/consents.json` */
export function createTrustedFolders(file: string, now: () => Date = () => new Date()): TrustedFolders {
  const stored = createConsentFile(file, 'trusted')
  const list = async () => {
    const items = await stored.read().catch((): readonly unknown[] => [])
    return items.filter(isTrustedFolder)
  }
  return {
    async isTrusted(project) {
      const real = await realFolder(project)
      return (await list()).some((folder) => folder.project === real)
    },
    async trust(project) {
      const folder: TrustedFolder = { project: await realFolder(project), grantedAt: now().toISOString() }
      await stored.change((items) => {
        const isKnown = items.filter(isTrustedFolder).some((other) => other.project === folder.project)
        return [isKnown ? items : [...items, folder], undefined]
      })
    },
    list,
    async revoke(project) {
      const real = await realFolder(project)
      return await stored.change((items) => {
        const kept = items.filter((item) => !isTrustedFolder(item) || item.project !== real)
        return kept.length === items.length ? [items, false] : [kept, true]
      })
    },
  }
}

function isTrustedFolder(value: unknown): value is TrustedFolder {
  return isRecord(value) && ['project', 'grantedAt'].every((key) => typeof value[key] === 'string')
}
