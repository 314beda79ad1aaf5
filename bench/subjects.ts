/** What is measured, and the bare server that each is measured beside: the same job, runtime and environment. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Runtime, runtimeCommand } from '@backchannel/testkit'
import type { IngressKind } from './ingress/ingress.ts'

export const JOBS = ['webhook', 'fakechat'] as const
export type Job = (typeof JOBS)[number]

/**
 * `bare` is the server straight on the SDK; the others are the plugin as it ships: with the journal's durability
 * `process` or `power` towards a stock host, and with `process` towards a host that gives receipts.
 */
export const VARIANTS = ['bare', 'process', 'power', 'receipts'] as const
export type Variant = (typeof VARIANTS)[number]

export interface Subject {
  readonly job: Job
  readonly variant: Variant
  readonly runtime: Runtime
  readonly command: string
  readonly args: readonly string[]
  readonly ingress: IngressKind
  /** Whether it tells the sender of an event that it has it. */
  readonly acknowledges: boolean
  /** Whether its host gives receipts. */
  readonly receipts: boolean
  /** @param state a directory for what it stores; @param port where it is to listen. */
  environment(state: string, port: number): Record<string, string>
}

export interface SubjectFolders {
  /** One folder per plugin, with `start.cjs` in it. */
  readonly plugins: string
  /** The bare servers as JavaScript: `JOB-sdk.mjs`. */
  readonly baselines: string
}

const DURABILITY_VARIABLE = 'BACKCHANNEL_DURABILITY'

/**
 * The bare server first, then what the plugin can be.
 * @throws Error if the plugin was not built.
 */
export async function listSubjects(job: Job, runtime: Runtime, folders: SubjectFolders): Promise<Subject[]> {
  const plugin = join(folders.plugins, job)
  const start = await readArguments(plugin, job)
  const variants = (await knowsDurability(folders.plugins, job)) ? VARIANTS : VARIANTS.filter((one) => one !== 'power')
  return variants.map((variant) => {
    const args = variant === 'bare' ? [join(folders.baselines, `${job}-sdk.mjs`)] : start
    return createSubject(job, variant, runtime, args)
  })
}

function createSubject(job: Job, variant: Variant, runtime: Runtime, args: readonly string[]): Subject {
  const prefix = job.toUpperCase()
  return {
    job,
    variant,
    runtime,
    command: runtimeCommand(runtime),
    args,
    ingress: job === 'webhook' ? 'http' : 'websocket',
    acknowledges: job === 'webhook' || variant !== 'bare',
    receipts: variant === 'receipts',
    environment: (state, port) => ({
      [`${prefix}_PORT`]: String(port),
      [`${prefix}_STATE_DIR`]: state,
      // Towards a stock host the operator's word registers the channel.
      BACKCHANNEL_ATTACH: '1',
      [DURABILITY_VARIABLE]: variant === 'power' ? 'power' : 'process',
    }),
  }
}

/** As a host starts it: the arguments of its `.mcp.json`. */
async function readArguments(plugin: string, job: Job): Promise<readonly string[]> {
  const { mcpServers } = JSON.parse(await readFile(join(plugin, '.mcp.json'), 'utf8')) as {
    mcpServers: Record<string, { args: string[] }>
  }
  return (mcpServers[job]?.args ?? []).map((argument) => argument.replace(`\${CLAUDE_PLUGIN_ROOT}`, plugin))
}

/** A plugin that names the setting takes it; one that does not has no journal, or one durability only. */
async function knowsDurability(plugins: string, job: Job): Promise<boolean> {
  const bundle = join(plugins, job, 'server.cjs')
  try {
    return (await readFile(bundle, 'utf8')).includes(DURABILITY_VARIABLE)
  } catch (cause) {
    throw new Error(`${job} is not built: ${bundle} can't be read. Run "npm run build" first.`, { cause })
  }
}
