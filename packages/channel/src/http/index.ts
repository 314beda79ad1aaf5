/** What every channel with a local HTTP server shares: listening on loopback, refusing foreign pages, bodies, answers. */

export { type BodyOptions, readBody } from './body.ts'
export { closeServer } from './close.ts'
export { type GuardOptions, type Refusal, refuseForeign } from './guard.ts'
export { findPortHolder, type PortHolder } from './holder.ts'
export { type ListenOptions, listen } from './listen.ts'
export { type LoopbackOptions, type LoopbackServer, listenOnLoopback } from './loopback.ts'
export { parsePort } from './port.ts'
export { type ReceivedRequest, type ReceiveOptions, receiveRequests } from './receive.ts'
export { type ResponseHeaders, sendJson, sendText } from './respond.ts'
