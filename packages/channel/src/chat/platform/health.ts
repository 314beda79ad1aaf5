/** How a connection is, as a type: "connected" is said only while the platform answers. */

export type Health =
  /** Nothing has been heard yet. */
  | { readonly state: 'connecting' }
  /** The last poll, or heartbeat, succeeded; `at` in milliseconds since 1970. */
  | { readonly state: 'connected'; readonly at: number }
  /** The platform can't be reached; it is tried again, at `retryAt` where that is known. */
  | { readonly state: 'offline'; readonly detail: string; readonly retryAt?: number }
  /** The platform asks to wait. */
  | { readonly state: 'throttled'; readonly retryAt: number }
  /** Another program receives for this account. `final`: it was tried long enough, and is not tried any more. */
  | { readonly state: 'conflict'; readonly detail: string; readonly final: boolean }
  /** The platform refuses the secret. It is not tried again until the operator changes it. */
  | { readonly state: 'unauthorized'; readonly detail: string }
  /** It ended for a reason that time does not mend. */
  | { readonly state: 'failed'; readonly detail: string }

/** States that do not end by themselves: an operator has to do something. */
export function isFinal(health: Health): boolean {
  return health.state === 'unauthorized' || health.state === 'failed' || (health.state === 'conflict' && health.final)
}

/** One line for a log, a doctor, an agent. `detail` comes from the adapter and holds no secret. */
export function describeHealth(title: string, health: Health): string {
  switch (health.state) {
    case 'connecting':
      return `connecting to ${title}`
    case 'connected':
      return `connected to ${title}`
    case 'offline':
      return `${title} can't be reached: ${health.detail}`
    case 'throttled':
      return `${title} asks to wait until ${new Date(health.retryAt).toISOString()}`
    case 'conflict':
      return health.final
        ? `another program receives from ${title} with this account, so nothing comes in here: ${health.detail}`
        : `another program receives from ${title} with this account; trying again: ${health.detail}`
    case 'unauthorized':
      return `${title} refuses the token, so nothing comes in: ${health.detail}`
    case 'failed':
      return `the connection to ${title} has ended: ${health.detail}`
  }
}
