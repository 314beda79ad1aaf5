/**
 * What claude-agent-acp takes beside the protocol, in `_meta` of a session: the options of its SDK that keep event text inert,
 * its own server files unused, and its requests few. Other agents ignore it.
 */
import type { AgentOptions } from '../agent.ts'
import { CLAUDE_ENV, DISALLOWED } from '../claude/options.ts'

/** The tools that touch anything outside of the conversation. */
const ASKED = ['Bash', 'PowerShell', 'Read', 'Glob', 'Grep', 'Edit', 'Write', 'NotebookEdit', 'WebFetch', 'WebSearch']

export interface SessionMetaRequest {
  readonly options: Pick<AgentOptions, 'model' | 'settingSources'>
  /** For the system prompt. */
  readonly instructions: string
  /** Messages are taken as they are. False only while the host itself gives a command. */
  readonly verbatim: boolean
}

export function renderSessionMeta({ options, instructions, verbatim }: SessionMetaRequest): object {
  const { model, settingSources } = options
  return {
    ...(instructions === '' ? {} : { systemPrompt: { append: instructions } }),
    claudeCode: {
      // That its provider fails, and when it is tried again, it tells in no other way.
      emitRawSDKMessages: [{ type: 'system', subtype: 'api_retry' }],
      options: {
        // Without it `@path` in a message is read, and `/command` run (Claude Code from 2.1.248 on).
        verbatimPrompts: verbatim,
        // Without it the servers of the project's .mcp.json are started once more, beside the host's.
        strictMcpConfig: true,
        settingSources: [...settingSources],
        disallowedTools: [...DISALLOWED],
        env: CLAUDE_ENV,
        settings: {
          // In mode plan a classifier would decide in the place of whoever is asked.
          useAutoModeDuringPlan: false,
          // Whatever its own settings allow, each of these is asked for, and the host's rules answer.
          permissions: { ask: [...ASKED] },
        },
        // Each of them costs requests of its own.
        promptSuggestions: false,
        title: 'backchannel',
        ...(model === undefined ? {} : { model }),
      },
    },
  }
}
