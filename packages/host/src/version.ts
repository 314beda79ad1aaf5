/** The version that this host gives in the handshake and the command prints. */
export const HOST_VERSION = '0.1.0'
