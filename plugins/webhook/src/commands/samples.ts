/** Deliveries as senders really shape them, for `webhook test`; each is loaded when it is asked for. */

export interface SampleFile {
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

export interface SampleRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

type Load = () => Promise<{ readonly default: SampleFile }>

const alert: Load = () => import('../../samples/generic-alert.json', { with: { type: 'json' } })

/** By scheme. */
const SAMPLES: Readonly<Record<string, Load>> = {
  github: () => import('../../samples/github-push.json', { with: { type: 'json' } }),
  gitlab: () => import('../../samples/gitlab-pipeline.json', { with: { type: 'json' } }),
  slack: () => import('../../samples/slack-message.json', { with: { type: 'json' } }),
  stripe: () => import('../../samples/stripe-charge-failed.json', { with: { type: 'json' } }),
  standard: () => import('../../samples/standard-contact.json', { with: { type: 'json' } }),
  hmac: alert,
  bearer: alert,
  none: alert,
}

/** The sample of a scheme with a delivery id of its own, where the sender has it in the body. */
export async function loadSample(scheme: string, id: string): Promise<SampleRequest> {
  const { default: file } = await (SAMPLES[scheme] ?? alert)()
  return fillSample(file, id)
}

export function fillSample({ headers, body }: SampleFile, id: string): SampleRequest {
  return { headers, body: Buffer.from(JSON.stringify(body).replaceAll('{{id}}', id)) }
}
