/** The permission modes, and who may start a session in which nothing asks. */

export type PermissionMode = 'default' | 'acceptEdits' | 'plan' | 'bypassPermissions'

export const PERMISSION_MODES: readonly PermissionMode[] = ['default', 'acceptEdits', 'plan', 'bypassPermissions']

/** What is known of the machine; `exists` asks for a file. */
export interface Surroundings {
  /** Absent where users have no number (Windows). */
  readonly uid: number | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  exists(file: string): boolean
}

export const BYPASS_WARNING =
  'Nothing asks in this session: the agent runs every command and writes every file that no rule denies, also on the word of whoever reaches it through a channel. Use it only where the agent can do no harm.'

/** As root nothing but the container keeps the agent from the whole machine. */
export function mayBypass({ uid, env, exists }: Surroundings, forced: boolean): boolean {
  return uid !== 0 || forced || isContainer({ env, exists })
}

function isContainer({ env, exists }: Pick<Surroundings, 'env' | 'exists'>): boolean {
  if (env['container'] || env['KUBERNETES_SERVICE_HOST']) return true
  return ['/.dockerenv', '/run/.containerenv'].some(exists)
}
