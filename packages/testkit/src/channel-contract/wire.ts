/** JSON-RPC as a hostile or clumsy host may speak it: answered where the standard says so, survived everywhere. */
import assert from 'node:assert/strict'
import type { FakeHost } from '../fake-host/types.ts'
import { type ContractCheck, RECEIPTS } from './check.ts'

export const wireChecks: readonly ContractCheck[] = [
  {
    title: 'answers ping, before the handshake is complete and after',
    async run({ start }) {
      const host = await start({ handshake: false })
      await host.initialize()
      assert.deepEqual(await host.request('ping'), {})
      host.initialized()
      assert.deepEqual(await host.request('ping'), {})
    },
  },
  {
    title: 'answers an unknown method with error -32601',
    async run({ start }) {
      const host = await start()
      await assert.rejects(host.request('no/such/method', {}), { name: 'RpcError', code: -32601 })
      await assert.rejects(host.request('notifications/initialized', {}), { name: 'RpcError', code: -32601 })
    },
  },
  {
    title: 'answers a line that is not JSON with error -32700 and id null, and goes on',
    async run({ start }) {
      const host = await start()
      for (const line of ['{"jsonrpc":"2.0","id":1,', 'GET / HTTP/1.1']) {
        host.writeRaw(`${line}\n`)
        const answer = await host.nextUnaskedAnswer()
        assert.equal(answer.kind, 'error')
        assert.equal(answer.error.code, -32700)
        assert.equal(answer.id, null)
        await assertGoesOn(host)
      }
    },
  },
  {
    title: 'survives batches, bare values, wrong members, blank lines and bytes that are not UTF-8',
    async run({ start }) {
      const host = await start()
      for (const line of STRANGE) host.writeRaw(`${line}\n`)
      host.writeRaw(Uint8Array.from([0xff, 0xfe, 0x00, 0x0a]))
      await assertGoesOn(host)
    },
  },
  {
    title: 'ignores notifications it does not know, or whose params it can not read',
    async run({ start }) {
      const host = await start({ capabilities: RECEIPTS })
      for (const method of ['notifications/unknown', 'notifications/backchannel/unknown']) host.notify(method, {})
      for (const params of [undefined, null, [], 'registered', { state: 'perhaps', source: 5 }]) {
        for (const method of ['registration', 'receipt']) host.notify(`notifications/backchannel/${method}`, params)
        host.notify('notifications/cancelled', params)
      }
      await assertGoesOn(host)
      await assert.rejects(host.nextUnaskedAnswer({ timeoutMs: 50 }), { name: 'DeadlineError' }, 'it answered one')
    },
  },
  {
    title: 'reads requests that come in pieces and in bunches, and answers each once',
    async run({ start }) {
      const host = await start()
      const ping = (id: string) => Buffer.from(`{"jsonrpc":"2.0","id":"${id}","method":"ping"}\n`)
      const bytes = Buffer.concat([ping('bunch-1'), ping('bunch-2'), ping('grün 🟢')])
      // The cuts fall inside a line and inside a character; a round trip keeps the pieces apart.
      const cut = bytes.indexOf('ü') + 1
      host.writeRaw(bytes.subarray(0, cut))
      const ids = [(await host.nextUnaskedAnswer()).id, (await host.nextUnaskedAnswer()).id]
      host.writeRaw(bytes.subarray(cut))
      ids.push((await host.nextUnaskedAnswer()).id)
      assert.deepEqual(ids, ['bunch-1', 'bunch-2', 'grün 🟢'])
    },
  },
  {
    title: 'writes nothing but JSON-RPC to stdout in a whole run, its end included',
    async run({ descriptor, startRegistered }) {
      const host = await startRegistered()
      if (descriptor.twoWay) await host.listTools()
      if (descriptor.inject) {
        await descriptor.inject(host)
        await host.nextEvent()
      }
      host.endInput()
      await host.waitForExit()
    },
  },
]

const STRANGE = [
  '[]',
  '[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"a"}]',
  'null',
  'true',
  '42',
  '"ping"',
  '{}',
  '{"jsonrpc":"2.0"}',
  '{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}',
  '{"jsonrpc":"2.0","id":null,"method":"ping"}',
  '{"jsonrpc":"2.0","id":"x","method":7}',
  '{"jsonrpc":"2.0","id":"x","method":"__proto__"}',
  '{"jsonrpc":"2.0","id":"x","method":"initialize","params":null}',
  '{"jsonrpc":"2.0","id":"x","method":"tools/call","params":[1]}',
  '{"jsonrpc":"2.0","id":"nobody-asked","result":{}}',
  '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}',
  '{"__proto__":{"method":"ping"},"id":"x"}',
  `{"jsonrpc":"2.0","method":"${'m'.repeat(100_000)}"}`,
  `${'['.repeat(100_000)}`,
  '',
  '   \t ',
  '\r',
]

async function assertGoesOn(host: FakeHost): Promise<void> {
  assert.deepEqual(await host.request('ping'), {}, 'it no longer answers ping')
}
