/** A file of records by name: read whole, checked, changed whole. A file that is not understood is never overwritten. */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BackchannelError } from '@backchannel/protocol'
import writeFileAtomic from 'write-file-atomic'
import { JsonField } from '../../json/field.ts'
import { errorCode, readJsonFile } from '../../json/read.ts'

export interface RecordFile<Value> {
  /** Empty where there is no file. @throws BackchannelError `state-invalid`, naming file and field */
  read(): Promise<ReadonlyMap<string, Value>>
  /** Replaces the file in one step, mode 0600. @throws BackchannelError `state-unwritable`; then the old file stands. */
  write(records: ReadonlyMap<string, Value>): Promise<void>
}

/**
 * @param key the member of the file that holds the records
 * @param parse reads one; unknown members of it are lost at the next write
 */
export function createRecordFile<Value>(
  file: string,
  key: string,
  parse: (field: JsonField, name: string) => Value,
): RecordFile<Value> {
  return {
    async read() {
      const source = { file, code: 'state-invalid' } as const
      const found = await readJsonFile(source)
      if (found === undefined) return new Map()
      const records = new JsonField(found.value, source).member(key)
      const names = Object.keys(records.record('an object of records by name'))
      return new Map(names.map((name) => [name, parse(records.member(name), name)]))
    },
    async write(records) {
      try {
        await mkdir(dirname(file), { recursive: true, mode: 0o700 })
        const text = JSON.stringify({ version: 1, [key]: Object.fromEntries(records) }, null, 2)
        await writeFileAtomic(file, `${text}\n`, { mode: 0o600 })
      } catch (cause) {
        throw unwritable(file, cause)
      }
    },
  }
}

/** For whatever cannot be written below `~/.backchannel/plugins`. */
export function unwritable(path: string, cause: unknown): BackchannelError {
  const full = errorCode(cause) === 'ENOSPC' || errorCode(cause) === 'EDQUOT'
  return new BackchannelError('state-unwritable', `${path} could not be written (${errorCode(cause)}).`, {
    hint: full
      ? 'The disk is full: free some space and repeat the command. What was installed before is as it was.'
      : 'Make it and its folder writable for this user. What was installed before is as it was.',
    cause,
  })
}
