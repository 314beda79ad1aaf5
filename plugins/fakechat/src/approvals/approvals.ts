/** Permission prompts and questions on the page: shown to browsers that the operator has paired, and answered only by them. */
import { BackchannelError, type ChannelContext } from '@backchannel/channel'
import {
  type ControlAction,
  type OpenQuestion,
  type OpenRequest,
  type QuestionResolution,
  type Resolution,
  showLines,
  showOnOneLine,
  showPlainly,
} from '@backchannel/channel/relay'
import type { Client } from '../sockets.ts'
import type { ClientFrame, PermissionFrame, PermissionResolvedFrame, ServerFrame } from '../wire.ts'
import { readCommand } from './commands.ts'
import { createChallenge, type Proof, verifyProof } from './identity.ts'
import { renderQuestion, renderQuestionEnd } from './questions.ts'

/** The one chat that all pages share. */
const CHAT = 'web'
const NOT_FITTING = 'That answer does not fit the question.'
const ANSWERED: QuestionResolution = { outcome: 'cancelled', by: 'another answer', labels: [] }

export interface Approvals {
  /** What a page signs to say which browser it is; one for each connection. */
  challenge(client: Client): string | undefined
  identify(client: Client, proof: Proof, host: string): Promise<void>
  /** The page asks for a code that the operator can type. */
  pair(client: Client): Promise<void>
  verdict(client: Client, verdict: { id: string; behavior: 'allow' | 'deny'; scope?: 'session' }): Promise<void>
  answer(client: Client, answer: { id: string; choices: readonly string[]; text?: string }): Promise<void>
  interrupt(client: Client): Promise<void>
  /**
   * A typed verdict, answer or command goes no further than here. @returns whether the message was one
   * @throws BackchannelError `not-approver` for a command of somebody who may not give one
   */
  typed(client: Client, frame: ClientFrame): Promise<boolean>
  gone(client: Client): void
  ask(request: OpenRequest): void
  resolve(request: OpenRequest, resolution: Resolution): void
  askQuestion(question: OpenQuestion): void
  resolveQuestion(question: OpenQuestion, resolution: QuestionResolution): void
  close(): void
}

interface Page {
  readonly challenge: string
  sender?: string
}

export function createApprovals({ access, relay, log }: Pick<ChannelContext, 'access' | 'relay' | 'log'>): Approvals {
  const pages = new Map<Client, Page>()

  const isApprover = async (sender: string) =>
    (await access?.approvers.list())?.some((approver) => approver.sender === sender) ?? false
  const introduce = async (client: Client, sender: string) => {
    const approver = await isApprover(sender)
    client.send({ type: 'identity', sender, approver })
    if (!approver || !relay) return
    for (const request of await relay.open({ sender, chat: CHAT })) client.send(renderPermission(request))
    for (const question of await relay.questions({ sender, chat: CHAT })) client.send(renderQuestion(question))
  }
  const stop = access?.onChange(() => {
    for (const [client, { sender }] of pages) if (sender !== undefined) void introduce(client, sender)
  })
  /** To the pages of approvers alone: what the agent is about to do is nobody else's. */
  const tell = async (frame: ServerFrame) => {
    const approvers = new Set((await access?.approvers.list())?.map(({ sender }) => sender))
    for (const [client, { sender }] of pages) if (sender !== undefined && approvers.has(sender)) client.send(frame)
  }
  const show = (frame: ServerFrame) => {
    tell(frame).catch((thrown) => log.error(`a prompt could not be shown: ${String(thrown)}`))
  }
  const refuse = (client: Client, message: string) => {
    client.send({ type: 'error', error: 'not-approver', message })
  }
  const answers = (client: Client, given: { readonly questionId: string; readonly choices: readonly string[] }) =>
    relay?.answer({ ...given, sender: pages.get(client)?.sender ?? '', chat: CHAT })
  const control = async (client: Client, action: ControlAction): Promise<boolean> => {
    const told = ({ text }: { readonly text: string }) => client.send({ type: 'note', text: showLines(text) })
    const result = await relay?.control(action, pages.get(client)?.sender ?? '', told)
    if (result !== 'not-approver') return result === 'passed'
    throw new BackchannelError('not-approver', 'Only a paired browser can do that.', {
      hint: 'Pair this one with "Approve from here".',
    })
  }

  return {
    challenge(client) {
      if (!access || !relay) return undefined
      const page = pages.get(client) ?? { challenge: createChallenge() }
      pages.set(client, page)
      return page.challenge
    },
    async identify(client, proof, host) {
      const page = pages.get(client)
      if (!page || page.sender !== undefined) return
      const sender = await verifyProof(proof, page.challenge, host)
      if (sender === undefined) return refuse(client, 'This browser could not show which one it is.')
      page.sender = sender
      await introduce(client, sender)
    },
    async pair(client) {
      const sender = pages.get(client)?.sender
      if (!access || sender === undefined) return refuse(client, 'This browser has not shown which one it is.')
      const offered = await access.offer({ sender, chat: CHAT, name: 'a browser' })
      client.send({ type: 'pairing', code: offered.code, expiresAt: offered.expiresAt })
    },
    async verdict(client, { id, behavior, scope }) {
      const sender = pages.get(client)?.sender
      if (!relay || sender === undefined) return refuse(client, 'Only a paired browser can answer.')
      const given = { requestId: id, behavior, ...(scope === undefined ? {} : { scope }), sender, chat: CHAT }
      const result = await relay.verdict(given)
      if (result === 'not-approver') refuse(client, 'Only a paired browser can answer.')
      if (result === 'not-open')
        client.send({ type: 'permission-resolved', id, outcome: 'cancelled', by: 'another answer' })
    },
    async answer(client, { id, ...given }) {
      const result = await answers(client, { questionId: id, ...given })
      if (result === 'not-approver') refuse(client, 'Only a paired browser can answer.')
      if (result === 'not-fitting') {
        client.send({ type: 'error', error: 'message-invalid', message: NOT_FITTING })
        // Open again on the page, which takes it for answered.
        const open = await relay?.questions({ sender: pages.get(client)?.sender ?? '', chat: CHAT })
        for (const question of open ?? []) if (question.questionId === id) client.send(renderQuestion(question))
      }
      if (result === 'not-open') client.send(renderQuestionEnd(id, ANSWERED))
    },
    async interrupt(client) {
      const sender = pages.get(client)?.sender
      if (!relay || sender === undefined) return refuse(client, 'Only a paired browser can stop the agent.')
      const result = await relay.control('interrupt', sender)
      if (result !== 'passed') refuse(client, 'The agent cannot be stopped from here.')
    },
    async typed(client, { text }) {
      const action = readCommand(text)
      if (action !== undefined) return control(client, action)
      const sender = pages.get(client)?.sender
      if (!relay || sender === undefined) return false
      const place = { sender, chat: CHAT }
      const found = await relay.typed(text, place)
      if (found) return (await relay.verdict({ ...found, ...place })) === 'passed'
      const given = await relay.typedAnswer(text, place)
      return given !== undefined && (await answers(client, given)) === 'passed'
    },
    gone: (client) => void pages.delete(client),
    ask: (request) => show(renderPermission(request)),
    resolve({ requestId: id }, { outcome, by }) {
      const frame: PermissionResolvedFrame = { type: 'permission-resolved', id, outcome, by: showPlainly(by) }
      show(frame)
    },
    askQuestion: (question) => show(renderQuestion(question)),
    resolveQuestion: ({ questionId }, resolution) => show(renderQuestionEnd(questionId, resolution)),
    close: () => stop?.(),
  }
}

/** Whatever a host sends: nothing in it hides, turns the writing around or looks like more than one text. */
function renderPermission({ requestId: id, toolName, description, inputPreview }: OpenRequest): PermissionFrame {
  const shown = { description: showOnOneLine(description), preview: showOnOneLine(inputPreview) }
  return { type: 'permission', id, tool: showPlainly(toolName), ...shown }
}
