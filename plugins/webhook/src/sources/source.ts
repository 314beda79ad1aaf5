/** A source as it is used: where it is sent to, who may send, and what becomes of a delivery. */
import type { Filter } from '../rules/filter.ts'
import type { MetaMapping } from '../rules/meta.ts'
import type { Template } from '../rules/template.ts'
import type { Scheme, SchemeSettings } from '../schemes/scheme.ts'

export interface Source {
  readonly name: string
  /** As in the request, without a query string. */
  readonly path: string
  readonly scheme: Scheme
  readonly settings: SchemeSettings
  /** As written in the file: values, or `env:NAME`. */
  readonly written: readonly string[]
  /** The values that can be used now; any of them verifies. */
  readonly secrets: readonly string[]
  /** Why nothing is taken at its path, in words for the sender. */
  readonly refused?: string
  readonly filter?: Filter
  readonly template?: Template
  readonly meta: readonly MetaMapping[]
  readonly coalesce?: Coalescing
  readonly limit?: Limit
  /** The session that its events are for, by its name or its folder; absent where any may have them. */
  readonly session?: string
  /** Whether it may answer permission requests; its secrets are public keys then. */
  readonly approver: boolean
}

export interface Coalescing {
  /** Deliveries that render the same text are folded; those that render none are not. */
  readonly key: Template
  readonly windowMs: number
  /** How many one event stands for at the most. */
  readonly max: number
}

export interface Limit {
  /** Verified deliveries; as many may come at once. */
  readonly perMinute: number
}

/** What the file says now. */
export interface Sources {
  /** Why nothing at all is taken. */
  readonly broken?: Error
  /** The address to listen on; loopback where the file names none. */
  readonly host?: string
  /** Whether any path that is no source's is taken, from this machine. */
  readonly takesOthers: boolean
  readonly byPath: ReadonlyMap<string, Source>
  /** What the operator should know: a variable that is not set, a mode that is too wide. */
  readonly warnings: readonly string[]
}

/** What holds without a file. */
export const NOTHING: Sources = { takesOthers: true, byPath: new Map(), warnings: [] }

/** Paths that the channel answers itself. */
export const OWN_PATHS: ReadonlySet<string> = new Set(['/', '/events'])
