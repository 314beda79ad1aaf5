/** Permission prompts on the page: shown to browsers that the operator has paired, and answered only by them. */
import type { ChannelContext } from '@backchannel/channel'
import { type OpenRequest, type Resolution, showOnOneLine, showPlainly } from '@backchannel/channel/relay'
import type { Client } from '../sockets.ts'
import type { ClientFrame, PermissionFrame, PermissionResolvedFrame, ServerFrame } from '../wire.ts'
import { createChallenge, type Proof, verifyProof } from './identity.ts'

/** The one chat that all pages share. */
const CHAT = 'web'

export interface Approvals {
  /** What a page signs to say which browser it is; one for each connection. */
  challenge(client: Client): string | undefined
  identify(client: Client, proof: Proof, host: string): Promise<void>
  /** The page asks for a code that the operator can type. */
  pair(client: Client): Promise<void>
  verdict(client: Client, verdict: { id: string; behavior: 'allow' | 'deny'; scope?: 'session' }): Promise<void>
  interrupt(client: Client): Promise<void>
  /** A typed verdict goes no further than here. @returns whether the message was one */
  typed(client: Client, frame: ClientFrame): Promise<boolean>
  gone(client: Client): void
  ask(request: OpenRequest): void
  resolve(request: OpenRequest, resolution: Resolution): void
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
  }
  const stop = access?.onChange(() => {
    for (const [client, { sender }] of pages) if (sender !== undefined) void introduce(client, sender)
  })
  /** To the pages of approvers alone: what the agent is about to do is nobody else's. */
  const tell = async (frame: ServerFrame) => {
    const approvers = new Set((await access?.approvers.list())?.map(({ sender }) => sender))
    for (const [client, { sender }] of pages) if (sender !== undefined && approvers.has(sender)) client.send(frame)
  }
  const refuse = (client: Client, message: string) => {
    client.send({ type: 'error', error: 'not-approver', message })
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
    async interrupt(client) {
      const sender = pages.get(client)?.sender
      if (!relay || sender === undefined) return refuse(client, 'Only a paired browser can stop the agent.')
      const result = await relay.interrupt(sender)
      if (result !== 'passed') refuse(client, 'The agent cannot be stopped from here.')
    },
    async typed(client, { text }) {
      const sender = pages.get(client)?.sender
      if (!relay || sender === undefined) return false
      const found = await relay.typed(text, { sender, chat: CHAT })
      if (!found) return false
      return (await relay.verdict({ ...found, sender, chat: CHAT })) === 'passed'
    },
    gone: (client) => void pages.delete(client),
    ask(request) {
      tell(renderPermission(request)).catch((thrown) => log.error(`a prompt could not be shown: ${String(thrown)}`))
    },
    resolve({ requestId: id }, { outcome, by }) {
      const frame: PermissionResolvedFrame = { type: 'permission-resolved', id, outcome, by: showPlainly(by) }
      tell(frame).catch((thrown) => log.error(`the end of a prompt could not be shown: ${String(thrown)}`))
    },
    close: () => stop?.(),
  }
}

/** Whatever a host sends: nothing in it hides, turns the writing around or looks like more than one text. */
function renderPermission({ requestId: id, toolName, description, inputPreview }: OpenRequest): PermissionFrame {
  const shown = { description: showOnOneLine(description), preview: showOnOneLine(inputPreview) }
  return { type: 'permission', id, tool: showPlainly(toolName), ...shown }
}
