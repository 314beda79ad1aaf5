/** How a request ends: said in its chats, by whom, and nothing counts after it; and how an approver stops a turn. */
import assert from 'node:assert/strict'
import { waitFor } from '../wait.ts'
import type { RelayCheck } from './check.ts'

const CONTROL = 'notifications/backchannel/control'

export const endChecks: readonly RelayCheck[] = [
  {
    title: 'says in the chat who answered elsewhere, and takes no answer after it',
    only: 'ours',
    async run({ createId, ask, untilShown, owner, answer, resolve, verdictsStay }) {
      const id = createId()
      await untilShown(owner, ask(id))
      resolve(id, 'deny', `terminal-${id}`)
      await untilShown(owner, `terminal-${id}`)
      await answer(owner, id, 'allow')
      await verdictsStay(id, 0)
    },
  },
  {
    title: 'shows the end of a request that ended as soon as it was asked, or never shows it',
    only: 'ours',
    async run({ host, createId, ask, owner, resolve, untilShown, answer, verdictsStay }) {
      const id = createId()
      const input = ask(id)
      resolve(id, 'cancelled', `session-${id}`)
      await host.request('ping')
      if ((await owner.shown()).includes(input)) await untilShown(owner, `session-${id}`)
      await answer(owner, id, 'allow')
      await verdictsStay(id, 0)
    },
  },
  {
    title: 'says in the chat that an answer was passed on, where the host says nothing more',
    only: 'stock',
    async run({ timeoutMs, createId, ask, untilShown, owner, answer }) {
      const id = createId()
      const tool = `mcp__tool__${id}`
      ask(id, { tool })
      await untilShown(owner, tool)
      const before = await owner.shown()
      await answer(owner, id, 'deny')
      await untilShown(owner, tool)
      const hasChanged = async () => (await owner.shown()) !== before
      await waitFor(hasChanged, { what: 'it', timeoutMs }).catch(() =>
        assert.fail('the chat is as it was before the answer'),
      )
    },
  },
  {
    title: "passes an approver's interrupt on, and nobody else's",
    only: 'ours',
    lacks: ({ owner, stranger }) => (owner.interrupt && stranger.interrupt ? undefined : 'people who interrupt'),
    async run({ host, timeoutMs, owner, stranger }) {
      await stranger.interrupt?.()
      await host.request('ping')
      assert.ok(!host.notifications.some(({ method }) => method === CONTROL), "a stranger's interrupt was passed on")
      await owner.interrupt?.()
      const { params } = await host.nextNotification(CONTROL, { timeoutMs })
      const { action, by } = params as { action?: unknown; by?: unknown }
      assert.equal(action, 'interrupt')
      assert.equal(typeof by, 'string')
    },
  },
  {
    title: 'sends a stock host no word of the extension',
    only: 'stock',
    async run({ host, owner }) {
      await owner.interrupt?.()
      await host.request('ping')
      const foreign = host.notifications.filter(({ method }) => method.startsWith('notifications/backchannel/'))
      assert.deepEqual(foreign, [])
    },
  },
]
