/** What a channel with a relay declares, and what its people get to see of a request. */
import assert from 'node:assert/strict'
import { isObject } from '../fake-host/messages.ts'
import type { RelayCheck } from './check.ts'

export const promptChecks: readonly RelayCheck[] = [
  {
    title: 'declares claude/channel/permission as an object, and the features it needs',
    async run({ host }) {
      const experimental = host.serverCapabilities['experimental']
      assert.ok(isObject(experimental) && isObject(experimental['claude/channel/permission']), 'it is not declared')
      const extension = experimental['backchannel/channel']
      const features = isObject(extension) ? extension['features'] : undefined
      for (const feature of ['origin', 'control', 'access']) {
        assert.ok(Array.isArray(features) && features.includes(feature), `the feature ${feature} is not listed`)
      }
    },
  },
  {
    title: 'shows the owner the tool, the description and the input of a request',
    async run({ createId, ask, untilShown, owner }) {
      const id = createId()
      const tool = `mcp__files__write_${id}`
      const input = ask(id, { tool, description: `Write the report ${id}` })
      await untilShown(owner, tool, `Write the report ${id}`, input)
    },
  },
  {
    title: 'shows the end of a long command',
    async run({ createId, ask, untilShown, owner }) {
      const id = createId()
      ask(id, { input: `{"command":"echo ${'a '.repeat(1_600)}; rm -rf ${id}-end"}` })
      await untilShown(owner, `rm -rf ${id}-end`)
    },
  },
  {
    title: 'survives requests that are none, and asks nobody',
    async run({ host, owner, createId, ask, untilShown }) {
      const id = createId()
      const method = 'notifications/claude/channel/permission_request'
      for (const params of [null, {}, [], { request_id: 7 }, { request_id: id, tool_name: `nothing-${id}` }]) {
        host.notify(method, params)
      }
      const next = createId()
      await untilShown(owner, ask(next))
      assert.ok(!(await owner.shown()).includes(`nothing-${id}`))
    },
  },
  {
    title: 'never shows a request in the chat of somebody who is no approver',
    async run({ createId, ask, untilShown, owner, stranger }) {
      const id = createId()
      const input = ask(id, { chat: stranger.chat })
      await untilShown(owner, input)
      assert.ok(!(await stranger.shown()).includes(input), `${stranger.chat} shows it`)
    },
  },
  {
    title: 'asks in the direct chat that caused the turn where an approver is in it, and only there',
    only: 'ours',
    lacks: ({ other }) => (other ? undefined : 'a second approver'),
    async run({ createId, ask, untilShown, owner, other }) {
      assert.ok(other)
      const id = createId()
      const input = ask(id, { chat: other.chat })
      await untilShown(other, input)
      assert.ok(!(await owner.shown()).includes(input), `${owner.chat} shows it too`)
    },
  },
  {
    title: 'asks the owner towards a stock host, whatever caused the turn',
    only: 'stock',
    lacks: ({ other }) => (other ? undefined : 'a second approver'),
    async run({ createId, ask, untilShown, owner, other }) {
      assert.ok(other)
      const id = createId()
      await untilShown(owner, ask(id, { chat: other.chat }))
      assert.ok(!(await other.shown()).includes(`${id}-file`), `${other.chat} shows it too`)
    },
  },
]
