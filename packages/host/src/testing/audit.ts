/** An audit trail in a folder of its own, decisions to write into it, and its files as text. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditDecision } from '../audit/decision.ts'
import { AUDIT_LIMITS, type AuditLimits, type AuditTrail, createAuditTrail } from '../audit/trail.ts'
import { digestCall } from '../permissions/frozen-call.ts'
import { createFolder } from './folder.ts'

export interface AuditBench {
  readonly folder: string
  /** What was told to the operator. */
  readonly problems: readonly string[]
  open(session: string, limits?: Partial<AuditLimits>): AuditTrail
  files(): Promise<readonly string[]>
  lines(file: string): Promise<readonly Record<string, unknown>[]>
  edit(file: string, change: (text: string) => string): Promise<void>
}

export async function createAuditBench(now: () => Date = () => new Date()): Promise<AuditBench> {
  const folder = join(await createFolder(), 'audit')
  const problems: string[] = []
  return {
    folder,
    problems,
    open: (session, limits = {}) =>
      createAuditTrail(
        { folder, limits: { ...AUDIT_LIMITS, ...limits }, now },
        { session, project: '/src/app', problem: (message) => problems.push(message) },
      ),
    files: async () => (await readdir(folder)).toSorted(),
    async lines(file) {
      const text = await readFile(join(folder, file), 'utf8')
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    },
    edit: async (file, change) => {
      const path = join(folder, file)
      await writeFile(path, change(await readFile(path, 'latin1')), 'latin1')
    },
  }
}

export function decisionOf(command: string, more: Partial<AuditDecision> = {}): AuditDecision {
  const input = { command }
  return {
    tool: 'Bash',
    input,
    digest: digestCall('Bash', input),
    behavior: 'allow',
    by: { kind: 'terminal' },
    scope: 'once',
    ...more,
  }
}
