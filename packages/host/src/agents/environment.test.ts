/** An agent's process gets what its provider needs, and no secret of a channel. */
import { expect, test } from 'vitest'
import { agentEnvironment } from './environment.ts'

const passed = {
  ...{ PATH: '/bin', HOME: '/home/ada', LANG: 'C', HTTPS_PROXY: 'http://p', CLAUDE_CONFIG_DIR: '/c' },
  ...{ ANTHROPIC_API_KEY: 'k', AWS_PROFILE: 'p', GOOGLE_APPLICATION_CREDENTIALS: 'f', CLAUDE_CODE_USE_VERTEX: '1' },
  ...{ CLOUD_ML_REGION: 'eu', OPENAI_API_KEY: 'o', GIT_AUTHOR_NAME: 'Ada', SSH_AUTH_SOCK: '/s', NODE_OPTIONS: '-x' },
}
const kept = {
  ...{ TELEGRAM_BOT_TOKEN: 't', DISCORD_BOT_TOKEN: 'd', WEBHOOK_PORT: '1', DATABASE_URL: 'd', MY_SECRET: 's' },
  ...{ CLAUDECODE: '1', CLAUDE_CODE_ENTRYPOINT: 'cli', CLAUDE_PLUGIN_ROOT: '/p', BACKCHANNEL_HOME: '/b' },
}

test('by name', () => {
  expect(agentEnvironment({ ...passed, ...kept }, 'linux')).toEqual(passed)
})
