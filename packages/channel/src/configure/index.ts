/** Settings that the operator gives with `/NAME:configure`, as a channel reads them when it starts. */

export { readEnvFile } from './env-file.ts'
export { type Environment, withFile } from './environment.ts'
export type { ConfigureSettings, SecretSetting } from './settings.ts'
