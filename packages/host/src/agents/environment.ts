/** The environment an agent's process is started with: its provider's credentials, and nothing of a channel or of this host. */
import { baseEnvironment } from '../channels/environment.ts'

/** What agents and their providers' SDKs are configured by: keys, endpoints, regions, clouds. */
const PROVIDERS = [
  /^(ANTHROPIC|CLAUDE|AWS|OPENAI|GOOGLE|GCLOUD|GCP|CLOUDSDK|VERTEX|GEMINI|AZURE|BEDROCK)_/,
  /^(MISTRAL|GROQ|COHERE|DEEPSEEK|XAI|OPENROUTER|TOGETHER|FIREWORKS|PERPLEXITY|REPLICATE|HF|HUGGINGFACE|OLLAMA|CODEX)_/,
  /^(CLOUD_ML_REGION|MAX_THINKING_TOKENS|ENABLE_TOOL_SEARCH|DISABLE_[A-Z_]+|API_TIMEOUT_MS|BASH_[A-Z_]+_TIMEOUT_MS)$/,
]

/** What the agent runs in its shell: version control, package managers, and the tools they call. */
const TOOLS = [
  /^(GIT|SSH|GPG|npm|NPM|NODE|NVM|FNM|VOLTA|PYTHON|VIRTUAL|CONDA|CARGO|RUSTUP|GO|JAVA|EDITOR|VISUAL|PAGER)(_|$)/,
]

/** Marks of a session that this host may itself run in; with them the agent would take itself for a part of that. */
const NESTED = /^(CLAUDECODE|CLAUDE_CODE_(ENTRYPOINT|SESSION_ID|SSE_PORT|CHILD_SESSION)|CLAUDE_PLUGIN_[A-Z_]+)$/

/** Of the host's own environment; the secrets of channels are named after them, and are not in it. */
export function agentEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): Record<string, string> {
  const passed = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !NESTED.test(entry[0]) &&
      [...PROVIDERS, ...TOOLS].some((pattern) => pattern.test(entry[0])),
  )
  return { ...baseEnvironment(env, platform), ...Object.fromEntries(passed) }
}
