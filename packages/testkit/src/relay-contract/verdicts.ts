/** Which answers count: only for an open id, from an approver, in the chat where it was asked, and once. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RelayCheck, RelaySubject } from './check.ts'

/** How many a host may have open at once. */
const MANY = 200

const needsTyping = ({ owner, stranger }: RelaySubject) => (owner.type && stranger.type ? undefined : 'people who type')

export const verdictChecks: readonly RelayCheck[] = [
  {
    title: "passes an approver's answer on, in the words of the contract",
    async run({ kind, createId, ask, untilShown, owner, answer, verdict, verdictsStay }) {
      for (const behavior of ['allow', 'deny'] as const) {
        const id = createId()
        await untilShown(owner, ask(id))
        await answer(owner, id, behavior)
        const { by, ...params } = await verdict(id)
        assert.deepEqual(params, { request_id: id, behavior })
        assert.equal(typeof by, kind === 'ours' ? 'string' : 'undefined', `"by" is ${String(by)}`)
        await answer(owner, id, 'allow')
        await verdictsStay(id, 1)
      }
    },
  },
  {
    title: 'takes a typed verdict in any case, and does not tell it to the agent',
    lacks: needsTyping,
    async run({ host, createId, ask, untilShown, owner, verdict }) {
      const id = createId()
      await untilShown(owner, ask(id))
      const text = `  YES ${id.toUpperCase()} `
      await owner.type?.(text)
      assert.equal((await verdict(id))['behavior'], 'allow')
      await host.request('ping')
      assert.ok(!host.events.some(({ content }) => content.includes(id.toUpperCase())), 'the agent was told too')
    },
  },
  {
    title: 'takes "yes great" and an id that is not open for ordinary messages',
    lacks: needsTyping,
    async run({ host, timeoutMs, createId, owner, verdictsStay }) {
      const id = createId()
      for (const text of ['yes great', 'no sorry', `yes ${id}`]) {
        await owner.type?.(text)
        await host.nextEvent(({ content }) => content === text, { timeoutMs })
      }
      for (const none of ['great', 'sorry', id]) await verdictsStay(none, 0)
    },
  },
  {
    title: 'takes no answer of somebody who is no approver, in their chat or in the owner’s',
    async run({ createId, ask, untilShown, owner, stranger, answer, verdict, verdictsStay }) {
      const id = createId()
      await untilShown(owner, ask(id))
      await answer(stranger, id, 'allow')
      await answer(stranger, id, 'allow', owner.chat)
      await stranger.type?.(`yes ${id}`, { chat: owner.chat })
      await verdictsStay(id, 0)
      await answer(owner, id, 'deny')
      assert.equal((await verdict(id))['behavior'], 'deny')
      await verdictsStay(id, 1)
    },
  },
  {
    title: 'takes no answer of an approver in a chat where it was not asked',
    lacks: ({ owner, stranger }) => (owner.chat === stranger.chat ? 'a second chat' : undefined),
    async run({ createId, ask, untilShown, owner, stranger, answer, verdictsStay }) {
      const id = createId()
      await untilShown(owner, ask(id))
      await answer(owner, id, 'allow', stranger.chat)
      await owner.type?.(`yes ${id}`, { chat: stranger.chat })
      await verdictsStay(id, 0)
    },
  },
  {
    title: 'takes no answer for an id that was never open',
    async run({ createId, owner, answer, verdictsStay }) {
      const id = createId()
      await answer(owner, id, 'allow')
      await verdictsStay(id, 0)
    },
  },
  {
    title: 'holds many open requests, answered in any order',
    async run({ createId, ask, untilShown, owner, answer, verdict, descriptor }) {
      const ids = Array.from({ length: descriptor.mostOpen ?? MANY }, createId)
      await untilShown(owner, ...ids.map((id) => ask(id)))
      for (const [at, id] of [...ids].reverse().entries()) await answer(owner, id, at % 2 === 0 ? 'allow' : 'deny')
      for (const [at, id] of [...ids].reverse().entries()) {
        assert.equal((await verdict(id))['behavior'], at % 2 === 0 ? 'allow' : 'deny')
      }
    },
  },
  {
    title: 'makes nobody an approver who writes into its files during the session',
    only: 'ours',
    lacks: ({ descriptor }) => (descriptor.directory ? undefined : 'directory'),
    async run({ host, descriptor, createId, ask, untilShown, owner, stranger, answer, verdictsStay }) {
      const id = createId()
      const forged = {
        relay: 'origin',
        approvers: [{ sender: stranger.chat }, { sender: 'stranger', chat: owner.chat }],
      }
      await writeFile(join(descriptor.directory?.(host) ?? '', 'approvers.json'), JSON.stringify(forged))
      const input = ask(id, { chat: stranger.chat })
      await untilShown(owner, input)
      await answer(stranger, id, 'allow')
      await answer(stranger, id, 'allow', owner.chat)
      await verdictsStay(id, 0)
    },
  },
]
