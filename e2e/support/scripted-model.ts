/** The stand-in for the Messages API as the model of an agent: what the agent contract wants done, as its script. */
import type { Act } from '@backchannel/testkit/agent-contract'
import type { MessagesApi, MessagesRequest, ModelReply, ReplyTurn } from '@backchannel/testkit/messages-api'

const REPLY = 'mcp__plugin_fakechat_fakechat__reply'
let count = 0

/** @returns the message that goes with the script */
export function arrange(api: MessagesApi, act: Act): string {
  count += 1
  api.script(...turnsOf(act))
  return `message ${count}: please ${act.kind}`
}

function turnsOf(act: Act): readonly ReplyTurn[] {
  switch (act.kind) {
    case 'reply':
      return [reply(act.text), 'done']
    case 'run':
      return [bash(act.command), (request) => reply(resultOf(request)), 'done']
    case 'wait':
      // Claude Code refuses to sleep in its shell for long.
      return [bash('tail -f /dev/null')]
    case 'ask':
      return [ask(act.question, act.choices), (request) => reply(resultOf(request)), 'done']
  }
}

function reply(text: string) {
  return { blocks: [{ tool: REPLY, input: { chat_id: 'web', text } }] }
}

/** A turn in which the model wants a command run. */
export function bash(command: string): ModelReply {
  return { blocks: [{ tool: 'Bash', input: { command, description: 'What the contract wants run' } }] }
}

function ask(question: string, choices: readonly string[]) {
  const options = choices.map((label) => ({ label, description: '' }))
  const questions = [{ question, header: 'Contract', options, multiSelect: false }]
  return { blocks: [{ tool: 'AskUserQuestion', input: { questions } }] }
}

function resultOf({ toolResults }: MessagesRequest): string {
  return toolResults.map(({ text }) => text).join('\n')
}

/** Every text of every request, as the model reads them. */
export function reached(api: MessagesApi): string {
  return api.requests.flatMap(({ messages }) => messages.flatMap(({ content }) => content.map(textOf))).join('\n')
}

function textOf(block: Readonly<Record<string, unknown>>): string {
  if (typeof block['text'] === 'string') return block['text']
  return block['type'] === 'tool_result' ? JSON.stringify(block['content']) : ''
}
