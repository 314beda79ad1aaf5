/** For one entry, the steps of contract 4 as a session here would take them, and which of them refuses. */
import {
  type ChannelCapabilities,
  type Entry,
  LEGACY_REVISIONS,
  type RefusalReason,
  renderEntry,
} from '@backchannel/protocol'
import { type AdmissionRequest, admit, type OptIn } from '../channels/admission.ts'
import { effectivePolicy, whoCan } from '../settings/policy.ts'
import type { PolicyReading } from '../settings/policy-source.ts'

export type StepName = 'capability' | 'policy' | 'opt-in' | 'allowlist'

export interface ChainStep {
  readonly step: StepName
  /** `open`: known only when a session starts it. `not-reached`: an earlier step refuses. */
  readonly outcome: 'passes' | 'refuses' | 'open' | 'not-reached'
  readonly says: string
}

/** The fields are those of `--json`. */
export interface EntryReport {
  readonly entry: string
  readonly steps: readonly ChainStep[]
  readonly refused: {
    /** Absent where it never comes to the steps. */
    readonly step?: StepName
    readonly reason: RefusalReason
    readonly message: string
    readonly who_can_change: string
  } | null
}

/** What a server declared when it was started. */
export interface Declared {
  readonly capabilities: ChannelCapabilities
  readonly revision: string
}

export interface ChainOptions {
  readonly entry: Entry
  readonly reading: PolicyReading
  readonly allowlist: (entry: Entry) => boolean
  /** The settings file that opts it in for each session. */
  readonly optedInBy?: string | undefined
  /** Absent where it was not started. */
  readonly declared?: Declared | undefined
}

const STEPS: readonly StepName[] = ['capability', 'policy', 'opt-in', 'allowlist']
const STEP_OF: Partial<Record<RefusalReason, StepName>> = {
  'not-a-channel': 'capability',
  'protocol-era': 'capability',
  'policy-off': 'policy',
  'not-opted-in': 'opt-in',
  'development-not-accepted': 'opt-in',
  'not-allowlisted': 'allowlist',
}
/** What the chain takes for granted of a server that nobody has started. */
const AS_HOPED: Declared = {
  capabilities: { channel: true, permission: false, features: new Set() },
  revision: LEGACY_REVISIONS[0] ?? '',
}
const DEVELOPMENT_FLAG = '--dangerously-load-development-channels'

/** Asks admission itself, as a session with the fitting flag would. */
export function reportEntry(options: ChainOptions): EntryReport {
  const { entry, reading, allowlist, optedInBy, declared } = options
  const { capabilities, revision } = declared ?? AS_HOPED
  const request: AdmissionRequest = {
    entry,
    declared: capabilities,
    revision,
    optIn: { kind: wayIn(options) },
    policy: reading.policy,
    allowlist,
    developmentAccepted: true,
  }
  const admission = admit(request)
  const stop = admission.registered ? undefined : STEP_OF[admission.reason]
  const at = stop === undefined ? STEPS.length : STEPS.indexOf(stop)
  const words: Record<StepName, string> = {
    capability: declared
      ? `declares claude/channel, with MCP ${revision}`
      : 'decided when the server starts; --start asks it now',
    policy: reading.policy.because,
    'opt-in': optedInBy === undefined ? howToOptIn(entry) : `every session has it, by ${optedInBy}`,
    allowlist: howListed(options),
  }
  const isOpen = (step: StepName) =>
    (step === 'capability' && declared === undefined) || (step === 'opt-in' && optedInBy === undefined)
  const steps = STEPS.map((step, index): ChainStep => {
    if (index > at) return { step, outcome: 'not-reached', says: `not reached: ${stop} refuses` }
    if (index === at && !admission.registered) return { step, outcome: 'refuses', says: withoutName(admission.message) }
    return { step, outcome: isOpen(step) ? 'open' : 'passes', says: words[step] }
  })
  if (admission.registered || stop === undefined) return { entry: renderEntry(entry), steps, refused: null }
  const { reason, message } = admission
  return {
    entry: renderEntry(entry),
    steps,
    refused: { step: stop, reason, message, who_can_change: whoCanChange(stop, reading) },
  }
}

/** The chain stands below the entry's name already. */
function withoutName(message: string): string {
  return message.replace(/^.*? is not registered as a channel: /, '').replace(/\.$/, '')
}

/** A server comes in by the development flag alone, unless the settings name it: then it does not come in. */
function wayIn({ entry, optedInBy }: ChainOptions): OptIn['kind'] {
  if (optedInBy !== undefined) return 'settings'
  return entry.kind === 'server' ? 'development' : 'channels'
}

function howToOptIn(entry: Entry): string {
  const flag = entry.kind === 'server' ? DEVELOPMENT_FLAG : '--channels'
  return `no settings name it; a session has to: ${flag} ${renderEntry(entry)}`
}

function howListed({ entry, reading, optedInBy }: ChainOptions): string {
  if (entry.kind === 'server') return optedInBy === undefined ? `not asked: ${DEVELOPMENT_FLAG} passes it by` : ''
  const { listedIn } = reading.policy
  return listedIn === undefined ? 'on the default allowlist' : `among allowedChannelPlugins in ${listedIn.join(', ')}`
}

function whoCanChange(step: StepName, { policy, files }: PolicyReading): string {
  const system = files.filter(({ owner }) => owner !== 'flag')
  const blamed = effectivePolicy(system).channelsAllowed ? files.filter(({ owner }) => owner === 'flag') : system
  switch (step) {
    case 'capability':
      return 'the author of the server'
    case 'policy':
      return whoCan(blamed).replace(/,$/, '')
    case 'opt-in':
      return 'you'
    case 'allowlist':
      return policy.allowedChannelPlugins === undefined
        ? `you, with ${DEVELOPMENT_FLAG}`
        : `an administrator of this machine; you, with ${DEVELOPMENT_FLAG}`
  }
}
