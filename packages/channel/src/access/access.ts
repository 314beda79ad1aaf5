/** Access to a channel while it runs: who gets in, who is shown a code, who may approve, and the operator's word on it. */
import { join } from 'node:path'
import { type AccessResult, renderError } from '@backchannel/protocol'
import type { Log } from '../log.ts'
import type { AccessFile, DmPolicy } from './access-file.ts'
import { type AccessStore, createAccessStore } from './access-store.ts'
import { type Admission, createAdmission } from './admission.ts'
import { type Approved, leaveApproved, watchApproved } from './approved-folder.ts'
import { type Approvers, createApprovers, type NamedApprovers } from './approvers.ts'
import { type Choice, completeAccessCommand, runAccessCommand } from './commands/run.ts'
import type { AccessKey } from './commands/set.ts'
import { describeDifference } from './difference.ts'
import { type GateMessage, mayReach, type NormalizeId, type Place } from './gate.ts'
import type { Candidate, PendingPairing } from './pairing.ts'
import { createFilePairings, createPairings, type PairingOptions } from './pairings.ts'
import { DEFAULT_PER_MINUTE } from './sender-limits.ts'

export interface AccessSettings {
  /** The channel's state directory. */
  readonly directory: string
  /**
   * What the operator's `pair CODE` makes of a sender. `sender`: one who may write, and the first one the owner too.
   * `approver`: one who may approve, where the channel has no list of who may write.
   */
  readonly grants: 'sender' | 'approver'
  /** Made by {@link accessMode}. `static`: the file is read once, and nothing changes it. */
  readonly mode?: 'live' | 'static'
  /** The policy of a file that names none; default `pairing`. */
  readonly dmPolicy?: DmPolicy
  /** What `set` takes; default all. */
  readonly keys?: readonly AccessKey[]
  /** Messages of one sender that are let in within a minute; default 60. */
  readonly perMinute?: number
  /** Where the platform writes one id in several ways; default: an id is what it is. */
  readonly normalize?: NormalizeId
  /** For a channel whose own settings say who approves; default: `approvers.json`, by the operator's word. */
  readonly named?: NamedApprovers
  /** True for the ids of the owner of this machine, where the platform shows them; no list has to name such a one. */
  isOwner?(sender: string): boolean
}

export interface Access {
  /** Those who may also write, where the channel has a list of them: who is taken off it approves nothing any more. */
  readonly approvers: Approvers
  /**
   * Whether a message reaches the session. Wait for it before the platform is told that the message was received: while
   * somebody writes the access file, it takes a second at most. Never rejects.
   */
  admit(message: GateMessage): Promise<Admission>
  /** Whether the agent may send something there. Never rejects. */
  mayReach(place: Place): Promise<boolean>
  /** The access file as it is now: how answers look. Absent while it can't be used. */
  current(): Promise<AccessFile | undefined>
  /**
   * A code to show to a sender, who reads it to the operator. For a channel without a list of who may write; others get
   * it from `admit`. Offer it in a direct chat only: prompts will come there.
   * @throws BackchannelError `state-invalid` or `state-unwritable` where codes are kept in `access.json` (stock hosts)
   */
  offer(who: Candidate): Promise<PendingPairing>
  /** Does what the operator typed after `/NAME:access`. Never rejects: what fails is told. */
  run(args: readonly string[]): Promise<AccessResult>
  /** What could follow the words that the operator has typed. Never rejects. */
  complete(args: readonly string[]): Promise<readonly Choice[]>
  /** Calls back whenever the operator's word has been done, or somebody else changed who may write. @returns what ends it */
  onChange(listener: () => void): () => void
  /** Calls back for each sender who was paired, so that the channel tells them. @returns what ends it */
  onPaired(listener: (who: Approved) => Promise<void> | void): () => void
}

/** As the kit holds it. */
export interface AccessPort extends Access {
  readonly store: AccessStore
  /** Looks for what others do to the files from now on. */
  watch(): void
  /** Idempotent. */
  close(): void
}

export interface AccessOptions extends AccessSettings, PairingOptions {
  /** As the session calls it: `fakechat`; part of the commands that texts name. */
  readonly name: string
  readonly operatorWord: boolean
  readonly log: Log
  /** How the operator calls these commands; default `/NAME:access`. */
  readonly command?: string
  /** True for a program beside the running channel, which it asks to tell those who were paired. */
  readonly isBeside?: boolean
}

export function createAccess(options: AccessOptions): AccessPort {
  const {
    directory,
    operatorWord,
    name,
    named,
    log,
    grants,
    mode,
    dmPolicy,
    normalize,
    command = `/${name}:access`,
  } = options
  const now = options.now ?? Date.now
  const store = createAccessStore({ file: join(directory, 'access.json'), log, mode, dmPolicy })
  const allowed = async () => (await store.load()).allowFrom
  const approvers = createApprovers({
    ...{ directory, operatorWord, log, command, allowed },
    ...(named ? { named } : {}),
  })
  const pairings = operatorWord || store.isStatic ? createPairings(options) : createFilePairings(store, options)
  const { perMinute = DEFAULT_PER_MINUTE, random } = options
  const admit = createAdmission({ store, pairings, log, command, perMinute, normalize, now, random })
  const changed = createListeners<[]>(log, 'showing what was changed')
  const paired = createListeners<[Approved]>(log, 'telling somebody that they were paired')
  let stop: (() => void) | undefined

  /** The kill switch holds for prompts too; and where nobody can say whether it is on, it is. */
  const isOff = async () => {
    if (grants !== 'sender') return false
    const { access } = await store.read()
    return access === undefined || access.dmPolicy === 'disabled'
  }
  const tellPaired = async (who: Approved) => {
    if (!options.isBeside) paired.call(who)
    else if (grants === 'sender') await leaveApproved(directory, who)
  }
  /** Who is the owner as the only one stays it when somebody else adds others to the file. */
  const settle = async () => {
    if (grants !== 'sender') return
    await approvers.settle().catch((thrown) => log.error(renderError(thrown)))
  }
  const ports = { ...options, directory, command, store, approvers, pairings, now, paired: tellPaired }

  const listApprovers: Approvers['list'] = async () => {
    const list = await approvers.list()
    if (grants !== 'sender' || list.length === 0) return list
    const { access } = await store.read()
    const ids = new Set(access?.allowFrom.map((id) => normalize?.(id) ?? id))
    return list.filter(({ sender }) => ids.has(normalize?.(sender) ?? sender) || options.isOwner?.(sender) === true)
  }
  return {
    store,
    approvers: {
      ...approvers,
      list: listApprovers,
      mode: async () => ((await isOff()) ? 'off' : approvers.mode()),
    },
    admit,
    async mayReach(place) {
      const { access } = await store.read()
      return access !== undefined && mayReach(access, place, normalize)
    },
    current: async () => (await store.read()).access,
    offer: async (who) => (await pairings.offer(who)).pairing,
    async run(args) {
      const result = await runAccessCommand(args, ports)
      if (result.ok) changed.call()
      return { ...result, approvers: await approvers.digest() }
    },
    complete: (args) => completeAccessCommand(args, ports),
    onChange: changed.add,
    onPaired: paired.add,
    watch() {
      if (stop || store.isStatic) return
      void settle()
      store.watch((reading, before) => {
        // Where the operator's word is passed on, approvers come by it alone.
        if (!operatorWord) void settle()
        if (grants === 'sender' && reading.access && before) {
          const lines = describeDifference(before, reading.access)
          if (lines.length > 0) log.warn(`access.json was changed, and not by a command here: ${lines.join('; ')}`)
        }
        changed.call()
      })
      if (grants !== 'sender') return
      const mayWrite = async (sender: string) => (await store.read()).access?.allowFrom.includes(sender) ?? false
      const approved = watchApproved({ directory, log, mayWrite, approved: (who) => paired.call(who) })
      stop = () => approved.close()
    },
    close() {
      stop?.()
      stop = undefined
      store.close()
    },
  }
}

interface Listeners<Given extends readonly unknown[]> {
  add(listener: (...given: Given) => Promise<void> | void): () => void
  call(...given: Given): void
}

/** None of them can spoil it for another, or for the operator. */
function createListeners<Given extends readonly unknown[]>(log: Log, what: string): Listeners<Given> {
  const listeners = new Set<(...given: Given) => Promise<void> | void>()
  const tell = async (listener: (...given: Given) => Promise<void> | void, given: Given): Promise<void> => {
    try {
      await listener(...given)
    } catch (thrown) {
      log.error(`${what} failed: ${renderError(thrown)}`)
    }
  }
  return {
    add(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    call(...given) {
      for (const listener of listeners) void tell(listener, given)
    },
  }
}

/** `static` where `NAME_ACCESS_MODE=static` is set, as for the official servers. */
export function accessMode(name: string, env: Readonly<Record<string, string | undefined>>): 'live' | 'static' {
  const variable = `${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_ACCESS_MODE`
  return env[variable]?.trim() === 'static' ? 'static' : 'live'
}
