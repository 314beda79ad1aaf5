/** `/reload-plugins`: the session's plugins become those that are installed now; what has not changed is not touched. */
import { renderError } from '@backchannel/protocol'
import type { ChannelChanges, ChannelSet } from '../channels/channel-set.ts'
import type { Answer } from '../commands/command.ts'
import type { PlannedPermissions } from '../permissions/session-permissions.ts'
import type { NoticeLevel, SessionEvent } from '../ui/events.ts'
import type { SessionOptions } from './session.ts'

export interface ReloadOptions {
  readonly planAgain: NonNullable<SessionOptions['planAgain']>
  readonly channels: ChannelSet
  readonly permissions: Pick<PlannedPermissions, 'replan'>
  emit(event: SessionEvent): void
  notice(level: NoticeLevel, message: string): void
}

/** One at a time, in the order they were asked for. The answer never rejects. */
export function createReload({ planAgain, channels, permissions, emit, notice }: ReloadOptions): () => Promise<Answer> {
  const reload = async (): Promise<Answer> => {
    const { plans, refusals, notices } = await planAgain()
    for (const { level, message } of notices) notice(level, message)
    // Before the first of them starts: what the agent may touch is decided by what is planned.
    permissions.replan(plans)
    const changes = await channels.update(plans)
    for (const refusal of refusals) emit({ type: 'channel.refused', ...refusal })
    return { ok: true, text: renderChanges(changes) }
  }
  let last: Promise<unknown> = Promise.resolve()
  return () => {
    const next = last.then(reload).catch((thrown: unknown): Answer => {
      return { ok: false, text: `The plugins could not be reloaded: ${renderError(thrown)}` }
    })
    last = next
    return next
  }
}

function renderChanges({ started, ended, changed, tried, letIn, keptOut, untouched }: ChannelChanges): string {
  const parts = [
    part('started', started),
    part('ended', ended),
    part('started in its new version', changed),
    part('tried again', tried),
    part('let in now', letIn),
    part('no longer let in', keptOut),
  ].filter((text) => text !== '')
  const rest = untouched.length === 0 ? '' : ` Not touched: ${untouched.join(', ')}.`
  return parts.length === 0 ? `No plugin has changed.${rest}` : `Plugins reloaded: ${parts.join('; ')}.${rest}`
}

function part(what: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${names.join(', ')} ${what}`
}
