/** The handshake: the legacy era only, whatever is asked for, and what a channel declares in it. Literals on purpose. */
import assert from 'node:assert/strict'
import { isObject } from '../fake-host/messages.ts'
import type { ContractCheck } from './check.ts'

const LEGACY = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', '2024-10-07']

const DISCOVER =
  '{"jsonrpc":"2.0","id":"probe","method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"probe","version":"1.0.0"},"io.modelcontextprotocol/clientCapabilities":{}}}}\n'

const agrees = (revision: string): ContractCheck => ({
  title: `answers initialize with ${revision} when asked for it`,
  async run({ start }) {
    const host = await start({ protocolVersion: revision })
    assert.equal(host.initializeResult.protocolVersion, revision)
  },
})

const declines = (revision: string): ContractCheck => ({
  title: `answers initialize with a legacy revision when asked for ${JSON.stringify(revision)}`,
  async run({ start }) {
    const host = await start({ protocolVersion: revision })
    const { protocolVersion } = host.initializeResult
    assert.ok(LEGACY.includes(protocolVersion), `${protocolVersion} is not one of ${LEGACY.join(', ')}`)
  },
})

export const handshakeChecks: readonly ContractCheck[] = [
  ...['2025-11-25', '2025-06-18', '2024-11-05'].map(agrees),
  ...['2026-07-28', 'DRAFT-nonsense', ''].map(declines),
  {
    title: 'answers server/discover with error -32601, and a normal handshake works afterwards',
    async run({ start }) {
      const host = await start({ handshake: false })
      host.writeRaw(DISCOVER)
      const answer = await host.nextUnaskedAnswer()
      assert.equal(answer.id, 'probe')
      assert.equal(answer.kind, 'error', 'a result would end the legacy handshake, and with it all events')
      assert.equal(answer.error.code, -32601)
      assert.equal((await host.initialize()).protocolVersion, '2025-11-25')
      host.initialized()
      assert.deepEqual(await host.request('ping'), {})
    },
  },
  {
    title: 'declares experimental["claude/channel"] as an object, and says its name and version',
    async run({ start }) {
      const { capabilities, serverInfo } = (await start()).initializeResult
      const { experimental } = capabilities
      assert.ok(isObject(experimental), '"capabilities.experimental" is missing')
      assert.ok(isObject(experimental['claude/channel']), 'experimental["claude/channel"] is not an object')
      for (const key of ['name', 'version'] as const) {
        assert.ok(typeof serverInfo[key] === 'string' && serverInfo[key] !== '', `"serverInfo.${key}" is empty`)
      }
    },
  },
  {
    title: 'has no tools capability and no tools, being one-way without a journal',
    only: 'toolless',
    async run({ start }) {
      const host = await start()
      assert.equal(host.serverCapabilities['tools'], undefined)
      await assert.rejects(host.listTools(), { name: 'RpcError', code: -32601 })
    },
  },
  {
    title: 'declares tools as {}, being two-way',
    only: 'two-way',
    async run({ start }) {
      assert.deepEqual((await start()).serverCapabilities['tools'], {})
    },
  },
  {
    title: 'has instructions for the agent',
    async run({ descriptor, start }) {
      const { instructions = '' } = await start()
      if (descriptor.instructions === false) assert.equal(instructions, '')
      else assert.notEqual(instructions.trim(), '', 'without instructions the agent does not know what the events mean')
    },
  },
]
