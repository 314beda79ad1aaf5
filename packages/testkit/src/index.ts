/** Proof for channel authors and for us. Every line added here is public API; nothing here needs vitest. */

export { backchannelCapabilities, type HostFeature } from './fake-host/capabilities.ts'
export { type Exit, minimalEnvironment } from './fake-host/child.ts'
export { type RpcAnswer, RpcError, type RpcFailure } from './fake-host/messages.ts'
export { startFakeHost } from './fake-host/start.ts'
export type {
  FakeHost,
  FakeHostOptions,
  InitializeResult,
  ListedTool,
  ReceivedEvent,
  ReceivedNotification,
  RegistrationNotice,
  ToolResult,
} from './fake-host/types.ts'
export { freePort } from './ports.ts'
export { isAlive, signalGroup } from './processes.ts'
export { RUNTIMES, type Runtime, runtimeCommand } from './runtime.ts'
export { SERVERS, type ServerName, serverPath } from './servers/index.ts'
export { createTempDirectory, type TempDirectory } from './temp.ts'
export { createTinyDisk, type TinyDisk, tinyDiskProblem } from './tiny-disk.ts'
export {
  DEADLINE_MS,
  DeadlineError,
  type Deferred,
  deferred,
  staysTrue,
  type WaitOptions,
  waitFor,
  withDeadline,
} from './wait.ts'
