/** `/plugin …` and `/reload-plugins`: the same verbs as `backchannel plugin`, and a way to use their result at once. */
import { renderError } from '@backchannel/protocol'
import type { Answer, Command } from './command.ts'

const NONE: Answer = { ok: false, text: 'The plugins of this session are fixed.' }

export const pluginCommand: Command = {
  name: '/plugin',
  usage: 'VERB …',
  summary: 'marketplaces and installed plugins; /plugin help lists the verbs',
  run(args, { plugin }) {
    return plugin?.(args).catch((thrown: unknown) => ({ ok: false, text: renderError(thrown) })) ?? NONE
  },
}

export const reloadPluginsCommand: Command = {
  name: '/reload-plugins',
  usage: '',
  summary: 'use the plugins as they are installed now, without a restart',
  run(_args, { reload }) {
    return reload?.() ?? NONE
  },
}
