/** The host's text helpers have it from the protocol, which the channels share with it. */

export { nearest } from '@backchannel/protocol'
