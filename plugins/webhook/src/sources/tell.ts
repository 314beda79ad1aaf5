/** Tells the operator what the sources file says, what is wrong with it, and what only the next start takes over. */
import { BackchannelError, type Log } from '@backchannel/channel'
import { isLoopback } from '../local.ts'
import type { Source, Sources } from './source.ts'

export interface TellerOptions {
  /** The address that the environment names; it goes before the file's. */
  readonly host: string | undefined
  /** Whether a source that says so may approve in this session. */
  mayApprove(source: Source): boolean
}

export function createTeller(log: Log, { host, mayApprove }: TellerOptions): (sources: Sources) => void {
  let first: Sources | undefined
  return (sources) => {
    const isFirst = first === undefined
    first ??= sources
    const { broken, warnings, byPath } = sources
    if (broken) {
      const hint = BackchannelError.is(broken) && broken.hint !== undefined ? ` ${broken.hint}` : ''
      log.error(`nothing is taken, since the sources are not known: ${broken.message}${hint}`)
      return
    }
    const address = host ?? first.host
    if (host === undefined && sources.host !== first.host) {
      log.warn(`"host" is ${sources.host ?? 'left out'} now; that holds from the next session on`)
    }
    for (const warning of warnings) log.warn(warning)
    for (const source of byPath.values()) {
      if (!source.approver || mayApprove(source)) continue
      log.warn(`the source "${source.name}" may approve from the next session on: its keys were not there at the start`)
    }
    for (const { name, scheme } of byPath.values()) {
      if (address === undefined || isLoopback(address) || scheme.signed) continue
      log.error(
        `the source "${name}" is refused: it has no secret, and the channel listens on ${address}, beyond this machine. Give it a scheme with a secret, or leave "host" and WEBHOOK_HOST out.`,
      )
    }
    const list = [...byPath.values()].map(({ name, path }) => `${name} at ${path}`).join(', ')
    if (!isFirst) log.info(`read the sources again: ${list === '' ? 'none but the built-in one' : list}`)
    else if (list !== '') log.info(`sources: ${list}`)
  }
}
