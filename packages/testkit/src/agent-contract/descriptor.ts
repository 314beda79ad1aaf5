/** What the contract is told of an agent: how a session with it is started, and how it is made to do something. */

/** What an agent is to do with the next message. */
export type Act =
  /** Answer in the chat. */
  | { readonly kind: 'reply'; readonly text: string }
  /** Run a command in its shell, then answer with what came of it. */
  | { readonly kind: 'run'; readonly command: string }
  /** Be busy for minutes: in a shell of its own, where it has one. */
  | { readonly kind: 'wait' }
  /** Ask a multiple-choice question, then answer with what was chosen. */
  | { readonly kind: 'ask'; readonly question: string; readonly choices: readonly string[] }

/** A machine for one run of the contract. */
export interface AgentWorld extends AsyncDisposable {
  /** The `backchannel` command, with everything that makes it take this agent and the channel fakechat. */
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** The folder of the project, empty but for what the agent needs. */
  readonly cwd: string
  readonly fakechatPort: number
  /** @returns the message that makes it do so; where a model is scripted, its script has that now */
  arrange(act: Act): string
  /** Everything that has reached the model so far, as one text. Absent for an agent without a model. */
  readonly reachedModel?: () => string
  /** What no process of a channel may have in its environment. */
  readonly secrets?: readonly string[]
}

export interface AgentDescriptor {
  readonly name: string
  open(): Promise<AgentWorld>
  /** False for one without a process of its own. */
  readonly hasProcess: boolean
}
