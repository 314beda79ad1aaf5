/** The tools of a two-way channel: listed with schemas, strict about arguments, and a reply that arrives. */
import assert from 'node:assert/strict'
import { isObject, RpcError } from '../fake-host/messages.ts'
import type { FakeHost, ListedTool, ToolResult } from '../fake-host/types.ts'
import { withDeadline } from '../wait.ts'
import type { ContractCheck, Subject } from './check.ts'

export const toolChecks: readonly ContractCheck[] = [
  {
    title: 'lists its tools with a description and an object schema each',
    only: 'two-way',
    async run({ descriptor, start }) {
      const tools = await (await start()).listTools()
      for (const { name, description = '', inputSchema } of tools) {
        assert.match(name, /^[A-Za-z0-9_-]{1,64}$/)
        assert.notEqual(description.trim(), '', `${name} has no description`)
        assert.ok(isObject(inputSchema) && inputSchema['type'] === 'object', `the schema of ${name} is no object's`)
      }
      const names = tools.map(({ name }) => name)
      assert.equal(new Set(names).size, names.length, `two tools have one name: ${names}`)
      assert.ok(names.includes(descriptor.twoWay?.tool ?? ''), `${descriptor.twoWay?.tool} is not among ${names}`)
    },
  },
  {
    title: 'answers a call of an unknown tool with an error',
    only: 'two-way',
    async run({ start }) {
      const host = await start()
      for (const name of ['no_such_tool', '__proto__', '']) await callRefused(host, name, {})
      assert.deepEqual(await host.request('ping'), {})
    },
  },
  {
    title: 'refuses missing and wrong arguments with an error that names the field',
    only: 'two-way',
    async run(subject) {
      const host = await subject.start()
      const { name, inputSchema } = await findReplyTool(subject, host)
      const { properties, required } = inputSchema
      assert.ok(Array.isArray(required) && required.length > 0, `${name} requires no argument at all`)
      const wrong = Object.fromEntries(
        required.map((key) => [key, wrongValue(isObject(properties) && properties[key])]),
      )
      for (const input of [{}, wrong]) {
        const text = await callRefused(host, name, input)
        assert.ok(
          required.some((key) => text.includes(key)),
          `the error for ${JSON.stringify(input)} names none of ${required.join(', ')}: ${text}`,
        )
      }
    },
  },
  {
    title: 'takes the reply to an event to whoever sent it',
    only: 'two-way',
    needs: ['inject'],
    async run({ descriptor, startRegistered }) {
      const host = await startRegistered()
      const injected = await descriptor.inject?.(host)
      const event = await host.nextEvent()
      const { tool = '', arguments: render } = descriptor.twoWay ?? {}
      const result = await host.callTool(tool, render?.(event))
      assert.notEqual(result.isError, true, `${tool} failed: ${readText(result)}`)
      assert.notEqual(readText(result).trim(), '', 'the agent is told nothing about what became of its reply')
      if (injected?.answered) await withDeadline(injected.answered(), { what: 'the reply to arrive outside' })
    },
  },
]

/** Calls a tool that must fail, one way or the other. @returns the text of the error. */
async function callRefused(host: FakeHost, name: string, input: object): Promise<string> {
  const what = `${name}(${JSON.stringify(input)})`
  try {
    const result = await host.callTool(name, input)
    assert.equal(result.isError, true, `${what} was taken: ${readText(result)}`)
    assert.notEqual(readText(result).trim(), '', `${what} was refused without a word`)
    return readText(result)
  } catch (thrown) {
    if (!(thrown instanceof RpcError)) throw thrown
    assert.equal(thrown.code, -32602, `${what}: ${thrown.message}`)
    return thrown.message
  }
}

async function findReplyTool({ descriptor }: Subject, host: FakeHost): Promise<ListedTool> {
  const tool = (await host.listTools()).find(({ name }) => name === descriptor.twoWay?.tool)
  assert.ok(tool, `the tool ${descriptor.twoWay?.tool} is not listed`)
  return tool
}

/** A value that the schema of a property can't mean. */
function wrongValue(schema: unknown): unknown {
  return isObject(schema) && schema['type'] === 'object' ? 'wrong' : { wrong: true }
}

function readText(result: ToolResult): string {
  return result.content.map(({ text = '' }) => text).join('\n')
}
