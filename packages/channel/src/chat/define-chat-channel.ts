/** A channel on a chat platform: gate, journal, tools, approvals and receipts from the kit, the platform from its adapter. */
import { BackchannelError, renderError } from '@backchannel/protocol'
import type { AccessSettings } from '../access/access.ts'
import { accessMode } from '../access/access.ts'
import { type ChannelDefinition, defineChannel, type Tool } from '../define.ts'
import type { Chat, ChatOptions } from './chat.ts'
import { renderInstructions } from './instructions.ts'
import { createTools } from './outbound/tools.ts'
import type { Platform } from './platform/platform.ts'
import type { Transcribe } from './voice.ts'

export interface ChatChannelSettings extends Pick<ChannelDefinition, 'configure' | 'commands' | 'probe'> {
  readonly name: string
  readonly version: string
  /** The channel's state directory, from `stateDirectory`. */
  readonly directory: string
  readonly platform: Platform
  readonly env: NodeJS.ProcessEnv
  /** Lines for the agent beside those of every chat. */
  readonly instructions?: readonly string[]
  /** Tools beside those of every chat. */
  readonly tools?: readonly Tool[]
  /** What is particular about access here, such as how ids are compared. */
  readonly access?: Partial<Omit<AccessSettings, 'directory' | 'grants'>>
  /** Turns voice messages into text, as `transcribeByCommand` does; without it the agent gets the file's id alone. */
  readonly transcribe?: Transcribe
  /** A line beneath the last text of each answer, for people who would take it for a person's; default none. */
  readonly signature?: string
  /** What a place is called in refusals; default `chat`. */
  readonly noun?: string
  /** For tests: shorter waits. */
  readonly timing?: Pick<ChatOptions, 'attempts' | 'albumQuietMs'>
}

/**
 * The definition of a chat channel, for `serve`. The platform is started once a session has registered the channel, and
 * listens only while this process holds the account.
 * @throws BackchannelError `channel-invalid`
 */
export function defineChatChannel(settings: ChatChannelSettings): ChannelDefinition {
  const { name, version, directory, platform, env, configure, commands, probe, noun, timing, transcribe, signature } =
    settings
  let opening: Promise<Chat> | undefined
  let chat: Chat | undefined

  const opened = (): Promise<Chat> => {
    if (opening) return opening
    const text = `No session has registered ${name}, so nothing is sent to ${platform.title}.`
    throw new BackchannelError('not-registered', text, {
      hint: `Name ${name} after --channels when the session starts.`,
    })
  }
  return defineChannel({
    name,
    version,
    instructions: renderInstructions(name, platform, settings.instructions),
    journal: { directory },
    tools: [...createTools(platform, async () => opened()), ...(settings.tools ?? [])],
    access: { mode: accessMode(name, env), ...settings.access, directory, grants: 'sender' },
    relay: {
      ask: (request) => chat?.ask(request),
      resolve: (request, resolution) => chat?.resolve(request, resolution),
    },
    ...(configure ? { configure } : {}),
    ...(commands ? { commands } : {}),
    ...(probe ? { probe } : {}),
    async start(context) {
      // Loaded now: a copy that is only probed pays for none of it.
      opening = import('./chat.ts').then(({ openChat }) =>
        openChat(context, { platform, directory, env, noun, transcribe, signature, ...timing }),
      )
      try {
        chat = await opening
      } catch (thrown) {
        // What the operator has to set can be set while the session runs; the tools say so until then.
        if (!BackchannelError.is(thrown) || thrown.code !== 'settings-invalid') throw thrown
        context.log.error(renderError(thrown))
      }
      return () => chat?.close()
    },
    receipt: (receipt) => chat?.settle(receipt),
  })
}
