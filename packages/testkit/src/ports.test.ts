/** Ports that stay free until the server of a test takes them. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { freePort } from './ports.ts'

test('a port is given once, can be listened on, and is none that the system hands out', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, freePort))
  expect(new Set(ports).size).toBe(50)
  const servers = ports.map((port) => createServer().listen(port, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  expect((other.address() as AddressInfo).port).toBeGreaterThan(Math.max(...ports))
  for (const server of [...servers, other]) server.close()
})
