/** An approver's system, as it stands outside of this machine: it holds the private key, lists what is asked, and answers. */
import { randomUUID } from 'node:crypto'
import { DEFAULT_SETTINGS, type Sample } from '../schemes/scheme.ts'
import { standard } from '../schemes/standard.ts'

export interface ApproverSystem {
  /** `GET PATH/requests`. */
  requests(path: string, accept?: string): Promise<Response>
  /** `POST PATH/verdict`, signed; `over` changes what is sent. */
  verdict(path: string, body: unknown, over?: SignedOver): Promise<Response>
}

export interface SignedOver {
  readonly id?: string
  readonly now?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** @param url of the channel, such as `http://localhost:8788` */
export function createApproverSystem(url: () => string, privateKey: string): ApproverSystem {
  const sign = (sample: Sample) => standard.sign(sample, privateKey, DEFAULT_SETTINGS)
  return {
    requests(path, accept = 'application/json') {
      const headers = sign({ body: Buffer.alloc(0), id: `requests_${randomUUID()}`, now: Date.now() })
      return fetch(`${url()}${path}/requests`, { headers: { ...headers, accept } })
    },
    verdict(path, body, { id = `verdict_${randomUUID()}`, now = Date.now(), headers = {} } = {}) {
      const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
      return fetch(`${url()}${path}/verdict`, {
        method: 'POST',
        body: new Uint8Array(bytes),
        headers: { 'content-type': 'application/json', ...sign({ body: bytes, id, now }), ...headers },
      })
    },
  }
}
