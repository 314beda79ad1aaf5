/** The MCP servers that the double is given: started, as an agent does, and closed with it. */

import type { McpServer } from '@agentclientprotocol/sdk'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'

export interface OpenServer {
  readonly name: string
  readonly client: Client
}

export async function openServers(servers: readonly McpServer[]): Promise<OpenServer[]> {
  return await Promise.all(
    servers.map(async (server) => {
      // Others were not offered.
      if (!('command' in server)) throw new Error(`${server.name} is no server on stdio`)
      const { name, command, args } = server
      const client = new Client({ name: 'double', version: '1.0.0' })
      await client.connect(new StdioClientTransport({ command, args: [...args], stderr: 'inherit' }))
      return { name, client }
    }),
  )
}
