/** The way events get in, the same for both subjects of a comparison. */
import { openHttp } from './http.ts'
import { openWebSocket } from './websocket.ts'

export interface Ingress {
  /** Sends event `number`; the caller never has more of them open than `lanes`. */
  send(number: number): void
  /** One listener; an event is accepted when the channel says so: a 2xx, or a `sent` frame where it sends such. */
  onAccepted(listener: (number: number, at: number) => void): void
  /** Rejects when an event is refused or the connection is lost. */
  readonly failed: Promise<never>
  close(): void
}

export type IngressKind = 'http' | 'websocket'

/** Connections that are opened over HTTP, each of which carries one event at a time; a WebSocket is always one. */
export interface IngressOptions {
  readonly port: number
  readonly lanes: number
}

/** @throws Error while nothing listens on the port, or the channel does not take the connection. */
export function openIngress(kind: IngressKind, options: IngressOptions): Promise<Ingress> {
  return kind === 'http' ? openHttp(options) : openWebSocket(options.port)
}

/** Events have one size, the number in the first nine characters, and say what a build server would. */
export function renderContent(number: number): string {
  return `#${String(number).padStart(8, '0')}${FILLER}`
}

/** The number of an event's content; undefined for one that is not of the bench. */
export function parseContent(content: string): number | undefined {
  return content.startsWith('#') ? Number(content.slice(1, 9)) : undefined
}

const FILLER: string =
  ' build failed on main: 3 of 212 tests, first of them "keeps the order of events"; see https://ci.example.com/run/1234 for the log and the artefacts of this run, and ask before you start it again'
