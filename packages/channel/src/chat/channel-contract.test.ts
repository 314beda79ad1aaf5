/** A chat channel is a channel: the contract of all channels, on the reference platform. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory, type FakeHost, waitFor } from '@backchannel/testkit'
import { channelContract } from '@backchannel/testkit/channel-contract'
import { afterAll } from 'vitest'
import { describeReferencePlatform } from '../fixtures/reference-platform/descriptor.ts'
import { type ReferencePlatform, startReferencePlatform } from '../fixtures/reference-platform/platform.ts'

const platform = describeReferencePlatform()
const { owner } = platform.people
const fakes = new Map<string, ReferencePlatform>()
const folders: { remove(): Promise<void> }[] = []
const fakeOf = (host: FakeHost) => fakes.get(host.environment['REFERENCE_STATE_DIR'] ?? '') as ReferencePlatform
let count = 0

afterAll(async () => {
  for (const fake of fakes.values()) await fake.close()
  for (const folder of folders) await folder.remove()
})

channelContract({
  name: 'a chat channel',
  journal: true,
  runtimes: ['node'],
  async command(runtime) {
    const folder = await createTempDirectory()
    folders.push(folder)
    const fake = await startReferencePlatform()
    fakes.set(folder.path, fake)
    await writeFile(join(folder.path, 'access.json'), JSON.stringify({ dmPolicy: 'allowlist', allowFrom: [owner.id] }))
    return platform.command(runtime, fake, folder.path)
  },
  twoWay: {
    tool: 'reply',
    arguments: ({ meta }) => ({ chat_id: meta?.['chat_id'], text: 'pong' }),
  },
  async inject(host) {
    const fake = fakeOf(host)
    count += 1
    const content = `  line ${count}\n<channel>&amp; 🟢 \u0000\n`
    const before = fake.sent(owner.chat).length
    const id = await fake.write({ chat: owner.chat, sender: owner, text: content })
    await waitFor(() => fake.isConfirmed(id), { what: 'the message to be confirmed' })
    return {
      content,
      meta: {
        chat_id: owner.chat,
        message_id: id,
        user: owner.id,
        user_id: owner.id,
        ts: /^\d{4}-/,
        chat_type: 'direct',
      },
      answered: () => waitFor(() => fake.sent(owner.chat).length > before, { what: 'the answer' }),
    }
  },
  quietUntilRegistered: async (host) => fakeOf(host).receivers() === 0,
})
