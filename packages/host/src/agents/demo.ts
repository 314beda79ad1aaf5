/** The built-in agent: needs no key and no network, and goes through the same tools and queue as a real one. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { QueuedEvent } from '../channels/queue.ts'
import type { Agent, AgentContext, AgentTurn } from './agent.ts'
import { type DemoQuestion, parseDemoRequest } from './demo-requests.ts'
import { replyAttributes } from './reply-attributes.ts'

/** A longer `wait N` is cut to this. */
const LONGEST_WAIT_S = 3_600

export function createDemoAgent(): Agent {
  let context: AgentContext | undefined

  /** Answers where the message came from: through the channel's reply tool, or in the terminal. */
  const answer = async (turn: AgentTurn, event: QueuedEvent | undefined, text: string) => {
    const tool = event && context?.channelTool(event.source, 'reply')
    if (!event || !tool) return turn.say(text)
    const { ok, text: result } = await turn.callTool(tool.name, { ...replyAttributes(tool.inputSchema, event), text })
    if (!ok) turn.say(`The answer did not reach ${event.source}: ${result}`)
  }
  const runTool = async (turn: AgentTurn, name: string, input: Record<string, unknown>, title: string) => {
    const { ok, text } = await turn.callTool(name, input)
    return ok ? `${title}\n${text}` : text
  }
  const work = async (turn: AgentTurn, text: string, event: QueuedEvent | undefined, signal: AbortSignal) => {
    const request = parseDemoRequest(text)
    switch (request.kind) {
      case 'list':
        return runTool(turn, 'LS', { path: '.' }, `In ${context?.cwd ?? 'the working directory'}:`)
      case 'read':
        return runTool(turn, 'Read', { path: request.path }, `${request.path}:`)
      case 'run':
        return runTool(turn, 'Bash', { command: request.command }, `$ ${request.command}`)
      case 'write':
        return runTool(turn, 'Write', { path: request.path, content: request.text }, 'Done:')
      case 'wait': {
        const seconds = Math.min(request.seconds, LONGEST_WAIT_S)
        await sleep(seconds * 1000, undefined, { signal })
        return `I waited ${seconds} s.`
      }
      case 'ask':
        return ask(turn, request, signal)
      case 'other': {
        const picture = event?.meta['image_path']
        const received = describe(text, event)
        return picture === undefined ? received : runTool(turn, 'Read', { path: picture }, received)
      }
    }
  }

  const ask = async (turn: AgentTurn, request: DemoQuestion, signal: AbortSignal) => {
    const { question, choices, multiple } = request
    const given = choices.map((label, at) => ({ id: String(at + 1), label }))
    const answer = await turn.ask({ text: question, choices: given, multiple, allowText: true }, signal)
    if (!answer) return `Nobody answered: ${question}`
    const taken = given.filter(({ id }) => answer.choices.includes(id)).map(({ label }) => label)
    return `Your answer: ${[...taken, ...(answer.text === undefined ? [] : [answer.text])].join(', ')}`
  }

  return {
    name: 'demo',
    async start(given) {
      context = given
    },
    async run(turn, signal) {
      const messages = turn.events.length > 0 ? turn.events : [undefined]
      for (const event of messages) {
        signal.throwIfAborted()
        const text = event?.content ?? turn.input
        await answer(turn, event, await work(turn, text, event, signal))
      }
    },
    // There is nothing that it could remember.
    async clear() {},
    async close() {},
  }
}

function describe(text: string, event: QueuedEvent | undefined): string {
  if (!event) return `I received this from the terminal: ${text}`
  const user = event.meta['user']
  const sender = user === undefined ? '' : ` by ${user}`
  return `I received this from ${event.source}${sender}: ${text}`
}
