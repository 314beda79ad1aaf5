/** `webhook remove`: takes a source out of the file; what it sends from then on finds no source. */
import { BackchannelError, type CommandIo } from '@backchannel/channel'
import type { Environment } from '../config.ts'
import { editSources, type WrittenFile } from '../sources/edit.ts'
import { sourcesFile } from '../sources/file.ts'
import { DONE, runWith } from './command-line.ts'

const HELP = `Usage: backchannel webhook remove NAME [--json]

Takes a source out. A running channel notices within a second.

Example:
  backchannel webhook remove github
`

export function remove(args: readonly string[], io: CommandIo, env: Environment): Promise<number> {
  const options = { json: { type: 'boolean' } } as const
  return runWith(
    { name: 'remove', help: HELP, names: 1 },
    options,
    args,
    io,
    async ({ names: [name = ''], values }) => {
      const file = sourcesFile(env)
      await editSources(file, env, (written) => without(written, name))
      io.out(
        values['json'] === true
          ? `${JSON.stringify({ removed: name, file })}\n`
          : `Removed the source "${name}" from ${file}\n`,
      )
      return DONE
    },
  )
}

function without(written: WrittenFile, name: string): WrittenFile {
  const sources = written.sources ?? []
  const left = sources.filter((source) => source['name'] !== name)
  if (left.length < sources.length) return { ...written, sources: left }
  throw unknownSource(
    name,
    sources.map((source) => String(source['name'])),
  )
}

export function unknownSource(name: string, known: readonly string[]): BackchannelError {
  const hint =
    known.length === 0 ? 'There are none yet; `backchannel webhook add` makes one.' : `There are: ${known.join(', ')}.`
  return new BackchannelError('source-unknown', `There is no source "${name}".`, { hint })
}
