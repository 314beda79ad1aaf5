/** `restore`: the last access file that could be read, put back once the operator has seen what that changes. */
import { showPlainly } from '../../relay/show.ts'
import { parseAccess } from '../access-file.ts'
import { describeDifference } from '../difference.ts'
import { readLastGood } from '../last-good.ts'
import { type AccessCommand, done, UsageProblem } from './command.ts'

export const restoreCommand: AccessCommand = {
  name: 'restore',
  usage: '[DIGITS]',
  summary: 'shows what the last good access.json would change; with its digits, puts it back',
  example: '',
  async run(args, { store, command }) {
    const [digits, ...more] = args
    if (more.length > 0) throw new UsageProblem('restore takes the digits that it has shown.')
    const good = await readLastGood(store.file)
    if (!good) return { ok: false, text: `There is no earlier copy of ${store.file}.` }
    const { access, problem } = await store.read()
    if (digits === undefined || digits.toLowerCase() !== good.digest) {
      const { dmPolicy } = good.access
      const before = access ?? { ...parseAccess(undefined, store.file), dmPolicy }
      const lines = [...(problem ? [`policy ${dmPolicy}`] : []), ...describeDifference(before, good.access)]
      return {
        ok: digits === undefined,
        text: [
          ...(digits === undefined
            ? []
            : [`"${showPlainly(digits)}" are not the digits: one of the files has changed.`]),
          problem ? `${problem.message} Nobody is let in by it now.` : `${store.file} can be read.`,
          ...(lines.length === 0 ? ['The earlier copy means the same.'] : ['With the earlier copy in its place:']),
          ...lines.map((line) => `  ${line}`),
          `To put it back: ${command} restore ${good.digest}`,
        ].join('\n'),
      }
    }
    if (store.isStatic) return { ok: false, text: `Access is static in this process, so ${store.file} stays as it is.` }
    if (!(await good.putBack())) return { ok: false, text: `${store.file} has changed meanwhile, so nothing was done.` }
    return done(`${store.file} is as it was. What stood in it is in ${store.file}.replaced.`)
  },
}

/** For the status of a channel whose file can't be used. */
export async function restoreHint(file: string, command: string): Promise<readonly string[]> {
  return (await readLastGood(file)) ? [`  An earlier copy is there: ${command} restore shows it.`] : []
}
