/** The audit trail of a session: every decision is on disk before it takes effect, and what cannot be written is not allowed. */
import { BackchannelError } from '@backchannel/protocol'
import { errorCode } from '../json/read.ts'
import { HOST_VERSION } from '../version.ts'
import { renderArguments } from './arguments.ts'
import { type AuditDecision, renderDecision } from './decision.ts'
import type { Retention } from './retention.ts'
import { openSegment, type Segment } from './segment.ts'

export interface AuditTrail {
  /** @throws BackchannelError `audit-unwritable`; an allow that was to be recorded must then be a denial */
  record(decision: AuditDecision): void
  /** Idempotent; what comes after it is not recorded. */
  close(reason: string): void
}

export interface AuditLimits extends Retention {
  /** Bytes after which a session goes on in another file. */
  readonly fileBytes: number
}

export interface AuditOptions {
  /** `~/.backchannel/audit`; made when the first decision comes. */
  readonly folder: string
  readonly limits?: AuditLimits
  readonly now?: () => Date
}

export interface AuditPorts {
  readonly session: string
  readonly project: string
  /** The trail cannot be written; told once, until it can again. */
  problem(message: string): void
}

export const AUDIT_LIMITS: AuditLimits = { files: 500, bytes: 268_435_456, fileBytes: 8_388_608 }

/** Where no trail is kept: for those who embed a session and record otherwise. */
export const NO_AUDIT: AuditTrail = { record: () => {}, close: () => {} }

export function createAuditTrail(options: AuditOptions, { session, project, problem }: AuditPorts): AuditTrail {
  const { folder, limits = AUDIT_LIMITS, now = () => new Date() } = options
  let segment: Segment | undefined
  let failing = false
  let closed = false

  const open = (continues?: number) =>
    openSegment({ folder, session, project, version: HOST_VERSION, continues, retention: limits, now })
  const append = (body: object, tail: string) => {
    if (segment && segment.size >= limits.fileBytes) {
      const next = open(segment.number)
      segment.close('continued')
      segment = next
    }
    segment ??= open()
    segment.append(body, tail)
  }
  return {
    record(decision) {
      if (closed) throw new BackchannelError('closed', 'The session has ended; nothing more is recorded.')
      const body = renderDecision(decision, { at: now(), session, project })
      const tail = `,${renderArguments(decision.input)}`
      try {
        try {
          append(body, tail)
        } catch (thrown) {
          // Somebody removed the file: what follows goes into another one, and `verify` finds the gap.
          if (!segment || errorCode(thrown) !== 'ENOENT') throw thrown
          const removed = segment
          segment = open(removed.number)
          removed.close('removed')
          append(body, tail)
        }
        failing = false
      } catch (cause) {
        const error = unwritable(folder, cause)
        if (!failing) problem(`${error.message} ${error.hint}`)
        failing = true
        throw error
      }
    },
    close(reason) {
      if (closed) return
      closed = true
      segment?.close(reason)
    },
  }
}

function unwritable(folder: string, cause: unknown): BackchannelError {
  return new BackchannelError(
    'audit-unwritable',
    `The audit trail in ${folder} cannot be written (${errorCode(cause)}), so nothing is allowed.`,
    {
      hint: 'Free space there, or give this user the right to write; the session goes on, and the next call tries again.',
      cause,
    },
  )
}
