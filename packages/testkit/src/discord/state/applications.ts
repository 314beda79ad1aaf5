/** An application and its bot: token, which privileged intents are switched on for it, commands, what it asked. */
import { randomBytes } from 'node:crypto'
import type { APIApplicationCommand, APIUser } from 'discord-api-types/v10'
import type { Gateway } from '../gateway/gateway.ts'
import type { StoredMessage } from './world.ts'

/** The intents that an operator has to switch on in the developer portal. */
export type PrivilegedIntent = 'content' | 'members' | 'presences'

/** Flags of an application whose intent is on without a review, as below 100 servers. */
const LIMITED_FLAGS: Readonly<Record<PrivilegedIntent, number>> = {
  presences: 1 << 13,
  members: 1 << 15,
  content: 1 << 19,
}

export interface Call {
  /** As in the table of routes: `POST /channels/:channel/messages`. */
  readonly route: string
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  /** HTTP status of the answer; 0 where the client did not get one. */
  readonly status: number
}

export interface Application {
  readonly id: string
  readonly user: APIUser
  token: string
  readonly intents: Set<PrivilegedIntent>
  /** By guild; under an empty id the global ones. */
  readonly commands: Map<string, readonly APIApplicationCommand[]>
  readonly calls: Call[]
  /** The last message with each nonce. */
  readonly nonces: Map<string, StoredMessage>
  readonly gateway: Gateway
}

export function flagsOf({ intents }: Application): number {
  return [...intents].reduce((sum, intent) => sum | LIMITED_FLAGS[intent], 0)
}

/** Three parts, of which the first tells the id, as real tokens have them. */
export function makeToken(id: string): string {
  const part = (bytes: number) => randomBytes(bytes).toString('base64url')
  return `${Buffer.from(id).toString('base64url')}.${part(4).slice(0, 6)}.${part(29).slice(0, 38)}`
}
