/** A program for the trail's tests: a session that records one decision after another, as many as it is told. */
import { setImmediate } from 'node:timers/promises'
import { AUDIT_LIMITS, createAuditTrail } from './trail.ts'

const [folder = '', session = '', count, fileBytes, files] = process.argv.slice(2)
const limits = { ...AUDIT_LIMITS, fileBytes: Number(fileBytes), files: Number(files) }
const problem = (message: string) => process.stderr.write(`${message}\n`)
const trail = createAuditTrail({ folder, limits }, { session, project: '/src/app', problem })
for (let at = 0; at < Number(count); at += 1) {
  const input = { command: `echo ${at} ${'x'.repeat(at % 3_000)}` }
  trail.record({ tool: 'Bash', input, digest: '', behavior: 'allow', by: { kind: 'terminal' }, scope: 'once' })
  if (at % 10 === 0) await setImmediate()
}
trail.close('end')
