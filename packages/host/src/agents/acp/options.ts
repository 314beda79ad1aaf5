/**
 * What claude-agent-acp takes beside the protocol, in `_meta` of a session: the options of its SDK that keep event text inert,
 * its own server files unused, and its requests few. Other agents ignore it.
 */
import type { AgentOptions } from '../agent.ts'

export interface SessionMetaRequest {
  readonly options: Pick<AgentOptions, 'model' | 'settingSources'>
  /** For the system prompt. */
  readonly instructions: string
}

export function renderSessionMeta({ options, instructions }: SessionMetaRequest): object {
  const { model, settingSources } = options
  return {
    ...(instructions === '' ? {} : { systemPrompt: { append: instructions } }),
    claudeCode: {
      options: {
        // Without it `@path` in a message is read, and `/command` run (Claude Code from 2.1.248 on).
        verbatimPrompts: true,
        // Without it the servers of the project's .mcp.json are started once more, beside the host's.
        strictMcpConfig: true,
        settingSources: [...settingSources],
        // The mode that only plans asks a person, not a classifier.
        settings: { useAutoModeDuringPlan: false },
        // Each of them costs requests of its own.
        promptSuggestions: false,
        title: 'backchannel',
        ...(model === undefined ? {} : { model }),
      },
    },
  }
}
