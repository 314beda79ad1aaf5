/** Shows that a server listens where it should, and that a busy port names its holder; with real processes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { closeServer, findPortHolder, listen, listenOnLoopback } from './index.ts'

const closers: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const server = (): Server => {
  const made = createServer((_, response) => response.end('hello'))
  closers.push(() => closeServer(made))
  return made
}

/** A process of its own that listens on a free port of `host`. */
const stranger = async (host: string): Promise<{ port: number; pid: number }> => {
  const code = `const s = require('node:net').createServer().listen(0, '${host}', () => console.log(s.address().port))`
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  closers.push(() => {
    child.kill('SIGKILL')
    return child.exitCode ?? once(child, 'exit')
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  return { port: Number(line), pid: child.pid! }
}

const probe = async (): Promise<boolean> => {
  const made = server()
  return listen(made, { port: 0, host: '::1' }).then(
    () => true,
    () => false,
  )
}
const hasIpv6 = await probe()
for (const close of closers.splice(0)) await close()

describe('listen', () => {
  it('takes a free port for 0 and answers there', async () => {
    const port = await listen(server(), { port: 0 })
    expect(port).toBeGreaterThan(0)
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('hello')
  })

  it('names the process that holds a port, and the setting', async () => {
    const { port, pid } = await stranger('127.0.0.1')
    expect(await findPortHolder(port)).toMatchObject({ pid, command: expect.stringContaining('node') })
    await expect(listen(server(), { port, variable: 'WEBHOOK_PORT' })).rejects.toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining(`127.0.0.1:${port}: process ${pid} (`),
      hint: `Stop it (kill ${pid}), or set WEBHOOK_PORT to another port.`,
    })
  })

  it('finds no holder where nothing listens', async () => {
    const made = server()
    const port = await listen(made, { port: 0 })
    await closeServer(made)
    expect(await findPortHolder(port)).toBeUndefined()
  })

  it('says what failed otherwise', async () => {
    await expect(listen(server(), { port: 0, host: '203.0.113.5' })).rejects.toMatchObject({ code: 'listen-failed' })
  })

  it('rejects with the reason of an aborted signal and listens nowhere', async () => {
    const made = server()
    await expect(listen(made, { port: 0, signal: AbortSignal.abort(new Error('over')) })).rejects.toThrow('over')
    const controller = new AbortController()
    const pending = listen(made, { port: 0, signal: controller.signal })
    controller.abort(new Error('over'))
    await expect(pending).rejects.toThrow('over')
    expect(made.listening).toBe(false)
  })
})

describe('listenOnLoopback', () => {
  it('answers on both addresses with one port, until closed, twice', async () => {
    const both = await listenOnLoopback(server, { port: 0 })
    expect(await (await fetch(`http://127.0.0.1:${both.port}`)).text()).toBe('hello')
    if (hasIpv6) expect(await (await fetch(`http://[::1]:${both.port}`)).text()).toBe('hello')
    await Promise.all([both.close(), both.close()])
    await both.close()
    await expect(fetch(`http://127.0.0.1:${both.port}`)).rejects.toThrow()
  })

  it.runIf(hasIpv6)('counts a port as in use that somebody has on ::1 only, and leaves nothing behind', async () => {
    const { port, pid } = await stranger('::1')
    await expect(listenOnLoopback(server, { port })).rejects.toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining(`[::1]:${port}: process ${pid} (`),
    })
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow()
  })
})

describe('closeServer', () => {
  it('cuts idle, busy and upgraded connections', async () => {
    const made = createServer(() => {})
    made.on('upgrade', (_, socket) => {
      socket.on('error', () => {})
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n')
    })
    const port = await listen(made, { port: 0 })
    const open = async (text: string) => {
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      const [data, gone] = [once(socket, 'data'), once(socket, 'close')]
      data.catch(() => {})
      await once(socket, 'connect')
      socket.write(text)
      return { data, gone }
    }
    const request = once(made, 'request')
    const idle = await open('')
    const busy = await open('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const upgraded = await open('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')
    await Promise.all([request, upgraded.data])
    await Promise.all([closeServer(made), closeServer(made)])
    await Promise.all([idle.gone, busy.gone, upgraded.gone])
  })

  it('is fine on a server that never listened', async () => {
    await closeServer(createServer())
  })
})
