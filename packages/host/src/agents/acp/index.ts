/** The back end for agents that speak the Agent Client Protocol; its SDK is loaded when one is started. */

export { type AcpAgentOptions, createAcpAgent } from './agent.ts'
