/** The paths below a source's own at which requests are listed and answered. */
import type { IncomingMessage } from 'node:http'
import { RequestError } from '../request-error.ts'
import type { Source, Sources } from '../sources/source.ts'
import type { ApprovalPart } from './approvals.ts'

const METHODS: Readonly<Record<ApprovalPart, string>> = { requests: 'GET', verdict: 'POST' }
const PATH = /^(\/.+)\/(requests|verdict)$/

export const APPROVAL_PARTS: readonly string[] = Object.keys(METHODS)

/** @returns the source with a secret that `path` asks for an approval; a source of that very path goes first */
export function findPart(path: string, { byPath }: Sources): { source: Source; part: ApprovalPart } | undefined {
  const [, base = '', part] = byPath.has(path) ? [] : (PATH.exec(path) ?? [])
  const source = byPath.get(base)
  return source?.scheme.signed ? { source, part: part as ApprovalPart } : undefined
}

/** @throws RequestError 405 */
export function assertMethod(part: ApprovalPart, { method = '' }: IncomingMessage): void {
  if (method === METHODS[part]) return
  throw new RequestError(405, 'request-invalid', `${method} is not taken here.`, {
    hint: 'GET PATH/requests lists what is asked; POST PATH/verdict answers it.',
    headers: { allow: METHODS[part] },
  })
}
