/** The machine the numbers are of, without its name or anybody's paths. */
import { execFile } from 'node:child_process'
import { open, readFile, rm, statfs } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { runtimeCommand } from '@backchannel/testkit'
import { median } from './statistics.ts'

export interface Machine {
  readonly processor: string
  readonly cores: number
  /** In GB, 2^30 bytes. */
  readonly memory: number
  readonly system: string
  /** Median of a flush of 4 KB that were appended to a file, in microseconds. */
  readonly flush: number
  readonly node: string
  readonly bun: string
  readonly sdk: string
  /** What else ran: the load average of the minute before, per core. */
  readonly load: number
}

const FLUSHES = 100

/** @param folder on the disk that channels store on while they are measured. */
export async function describeMachine(folder: string): Promise<Machine> {
  const load = (loadavg()[0] ?? 0) / availableParallelism()
  const bun = promisify(execFile)(runtimeCommand('bun'), ['--version'])
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${/^[\d.]+/.exec(release())?.[0] ?? ''}${await fileSystem(folder)}`,
    flush: await timeFlush(folder),
    node: process.versions.node,
    bun: (await bun).stdout.trim(),
    sdk: await sdkVersion(),
    load,
  }
}

async function timeFlush(folder: string): Promise<number> {
  const path = join(folder, 'flush')
  const file = await open(path, 'w')
  const times: number[] = []
  try {
    const page = Buffer.alloc(4096, 1)
    for (let each = 0; each < FLUSHES; each += 1) {
      await file.write(page)
      const from = performance.now()
      await file.datasync()
      times.push((performance.now() - from) * 1000)
    }
  } finally {
    await file.close()
    await rm(path)
  }
  return median(times)
}

/** Named where it changes what a flush means. */
async function fileSystem(folder: string): Promise<string> {
  const TMPFS = 0x01021994
  return (await statfs(folder)).type === TMPFS ? ', storing in memory (tmpfs): durability costs nothing here' : ''
}

async function sdkVersion(): Promise<string> {
  const entry = import.meta.resolve('@modelcontextprotocol/sdk/server/index.js')
  const manifest = new URL('../../../package.json', entry)
  return (JSON.parse(await readFile(manifest, 'utf8')) as { version: string }).version
}
