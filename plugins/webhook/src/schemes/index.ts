/** The schemes there are, by the name that a source gives. */
import { bearer } from './bearer.ts'
import { github } from './github.ts'
import { gitlab } from './gitlab.ts'
import { generic } from './hmac.ts'
import { none } from './none.ts'
import type { Scheme } from './scheme.ts'
import { slack } from './slack.ts'
import { standard } from './standard.ts'
import { stripe } from './stripe.ts'

export const SCHEMES: ReadonlyMap<string, Scheme> = new Map(
  [github, gitlab, slack, stripe, standard, generic, bearer, none].map((scheme) => [scheme.name, scheme]),
)

/** `github, gitlab, …`, for messages. */
export const SCHEME_NAMES: string = [...SCHEMES.keys()].join(', ')
