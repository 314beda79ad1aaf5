/** Where the pinned agents are once they are installed, in a folder of their own: without the programs they would bring along. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FOLDER } from './client.ts'

/** The folder with their lockfile. */
export const AGENTS: string = join(FOLDER, 'agents')

/** The Agent SDK's folder. */
export const SDK: string = join(AGENTS, 'node_modules/@anthropic-ai/claude-agent-sdk')

/** The program of the ACP adapter, for a Node that the reader names. */
export const ADAPTER: string = join(AGENTS, 'node_modules/@agentclientprotocol/claude-agent-acp/dist/index.js')

export function areAgentsInstalled(): boolean {
  const { dependencies } = readJson(join(AGENTS, 'package.json')) as { dependencies: Record<string, string> }
  return Object.entries(dependencies).every(([name, version]) => {
    const manifest = join(AGENTS, 'node_modules', name, 'package.json')
    return existsSync(manifest) && (readJson(manifest) as { version: string }).version === version
  })
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}
