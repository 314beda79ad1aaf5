/** The arguments of a call as the audit trail keeps them: JSON, whole up to a bound, with the keys of providers masked. */
import { maskTokens } from '../text/credentials.ts'

/** UTF-16 units of JSON that are kept whole; of more, the start and the end. The digest covers all of it in any case. */
export const LONGEST_ARGUMENTS = 65_536
/** A token across the place of the cut is masked before the cut. */
const MARGIN = 1_000

/** Never throws. @returns the member of the line as JSON: `"arguments":…`, or `"arguments_cut":…` */
export function renderArguments(input: unknown): string {
  let json: string | undefined
  try {
    json = JSON.stringify(input)
  } catch {
    // Cyclic, or of a kind that JSON does not have; such a call never runs.
  }
  if (json === undefined) return '"arguments":null'
  if (json.length <= LONGEST_ARGUMENTS) return `"arguments":${maskTokens(json)}`
  const half = LONGEST_ARGUMENTS / 2
  const start = maskTokens(json.slice(0, half + MARGIN)).slice(0, half)
  const end = maskTokens(json.slice(-half - MARGIN)).slice(-half)
  return `"arguments_cut":${JSON.stringify({ start, end, units: json.length })}`
}
