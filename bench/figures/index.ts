/** The figures, in the order of the table. */
import { end } from './end.ts'
import type { Figure } from './figure.ts'
import { initialize } from './initialize.ts'
import { latencyClosed } from './latency-closed.ts'
import { latencyPaced } from './latency-paced.ts'
import { memory } from './memory.ts'
import { rate } from './rate.ts'
import { ready } from './ready.ts'

export const FIGURES: readonly Figure[] = [initialize, ready, latencyPaced, latencyClosed, rate, memory, end]
