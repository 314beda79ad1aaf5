/** `policy`: what becomes of a direct message by somebody who is not on the list. */
import { DM_POLICIES, type DmPolicy, renderAccess } from '../access-file.ts'
import { type AccessCommand, done, oneWordOf } from './command.ts'

const MEANINGS: Readonly<Record<DmPolicy, string>> = {
  pairing: 'A stranger who writes is shown a code from now on.',
  allowlist: 'Only those on the list are heard; strangers hear nothing.',
  disabled: 'Nobody is heard from now on, groups included, and no permission prompt is sent.',
}

export const policyCommand: AccessCommand = {
  name: 'policy',
  usage: 'pairing|allowlist|disabled',
  summary: 'what becomes of strangers; disabled switches everybody off',
  example: 'allowlist',
  complete: (args) => (args.length === 0 ? DM_POLICIES.map((value) => ({ value, summary: MEANINGS[value] })) : []),
  async run(args, { store }) {
    const policy = oneWordOf(args, DM_POLICIES, `policy takes one of ${DM_POLICIES.join(', ')}.`)
    let nobody = false
    await store.change((access) => {
      nobody = access.allowFrom.length === 0 && access.groups.size === 0
      return renderAccess(access, { set: { dmPolicy: policy } })
    })
    return done(MEANINGS[policy], ...(policy === 'allowlist' && nobody ? ['Nobody is on it yet.'] : []))
  },
}
