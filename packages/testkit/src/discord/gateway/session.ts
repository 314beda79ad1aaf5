/** A session of the gateway: numbered dispatches, kept for a resume whether or not anybody is connected. */
import type { Connection } from './connection.ts'

export interface Dispatch {
  readonly sessionId: string
  readonly seq: number
  readonly type: string
  readonly data: object
}

export interface Session {
  readonly id: string
  readonly intents: number
  readonly seq: number
  readonly connection: Connection | undefined
  /** The highest number that a heartbeat or a resume named. */
  readonly acknowledged: number
  readonly all: readonly Dispatch[]
  attach(connection: Connection): void
  detach(connection: Connection): void
  /** Numbers it, keeps it, and sends it if somebody is connected. */
  dispatch(type: string, data: object): Dispatch
  acknowledge(seq: number): void
  /** What came after a number; undefined where it is kept no longer. */
  since(seq: number): readonly Dispatch[] | undefined
  sendAgain(dispatch: Dispatch): void
  isHanded(seq: number): boolean
}

export function createSession(id: string, intents: number, keeps: number): Session {
  const all: Dispatch[] = []
  const handed = new Set<number>()
  let connection: Connection | undefined
  let acknowledged = 0
  const write = ({ seq, type, data }: Dispatch) => {
    if (connection?.send({ op: 0, s: seq, t: type, d: data })) handed.add(seq)
  }
  return {
    id,
    intents,
    all,
    get seq() {
      return all.length
    },
    get connection() {
      return connection
    },
    get acknowledged() {
      return acknowledged
    },
    attach(next) {
      connection = next
    },
    detach(gone) {
      if (connection === gone) connection = undefined
    },
    dispatch(type, data) {
      // What is sent is a picture of that moment, whatever becomes of it.
      const dispatch: Dispatch = { sessionId: id, seq: all.length + 1, type, data: structuredClone(data) }
      all.push(dispatch)
      write(dispatch)
      return dispatch
    },
    acknowledge(seq) {
      acknowledged = Math.max(acknowledged, seq)
    },
    since: (seq) => (all.length - seq > keeps ? undefined : all.slice(seq)),
    sendAgain: write,
    isHanded: (seq) => handed.has(seq),
  }
}
