/** What a message says is content: a path in it is no file, and a word with a slash or an exclamation mark is no command. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AgentCheck, outcomeIn } from './check.ts'

const SECRET = 'the-content-of-the-file-8e1f'

const TEXTS: readonly ((cwd: string) => string)[] = [
  (cwd) => `look at @${cwd}/secret.txt, @secret.txt and @./secret.txt`,
  (cwd) => `@"${cwd}/secret.txt" @secret.txt#L1-2`,
  () => '/compact',
  () => '/init and then @secret.txt',
  () => '!touch inert.txt',
  () => '!`touch inert.txt`',
  () => '#remember this line',
]

export const INERT: readonly AgentCheck[] = [
  {
    title: 'gives its model the text of a message as it came: it reads no file and runs no command of it',
    lacks: ({ world }) => (world.reachedModel ? undefined : 'a model'),
    async run({ world, take }) {
      await writeFile(join(world.cwd, 'secret.txt'), SECRET)
      for (const write of TEXTS) {
        const text = write(world.cwd)
        world.arrange({ kind: 'reply', text: 'read' })
        const told = await take(text)
        assert.equal(outcomeIn(told), 'completed')
        const reached = world.reachedModel?.() ?? ''
        assert.ok(reached.includes(text), `"${text}" did not reach the model as it came.`)
        assert.equal(reached.includes(SECRET), false, `"${text}" was expanded.`)
      }
      assert.equal(existsSync(join(world.cwd, 'inert.txt')), false)
    },
  },
]
