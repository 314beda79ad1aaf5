/** What both latency figures make of the times of single events. */
import type { Outcome } from '../drive.ts'
import { quantile } from '../statistics.ts'
import type { Sample } from './figure.ts'

export function summarizeLatency({ notified, accepted }: Outcome): Sample {
  return {
    p50: quantile(notified, 0.5),
    p99: quantile(notified, 0.99),
    ...(accepted === undefined ? {} : { accepted: quantile(accepted, 0.5) }),
  }
}
