/** A command that transcribes: its text, its failures, its end, and what it does not get to see. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTempDirectory, isAlive, waitFor } from '@backchannel/testkit'
import { expect, test } from 'vitest'
import { renderEvent } from './inbound/event.ts'
import { transcribeByCommand } from './voice.ts'

const signal = new AbortController().signal
const env = { ...process.env, LINES_BOT_TOKEN: 'secret' }

test('prints what is said, from a path that is an argument whatever is in it', async () => {
  await using folder = await createTempDirectory()
  const path = join(folder.path, 'a "$(touch x)" b.ogg')
  await writeFile(path, 'spoken words\n')
  expect(await transcribeByCommand('cat', env)(path, signal)).toBe('spoken words')
  expect(await transcribeByCommand('printf "%s" "$LINES_BOT_TOKEN"; true', env)(path, signal)).toBe('')
})

test('that fails or takes too long is told in words', async () => {
  await expect(transcribeByCommand('exit 3; true', env)('x', signal)).rejects.toThrow('it ended with status 3')
  await expect(transcribeByCommand('no-such-command-here', env)('x', signal)).rejects.toThrow('status 127')
  await expect(transcribeByCommand('sleep 60; true', env, 50)('x', signal)).rejects.toThrow('it took more than 0.05 s')
})

test('ends with its session, and with all that it started', async () => {
  await using folder = await createTempDirectory()
  const controller = new AbortController()
  const file = join(folder.path, 'pid')
  const running = transcribeByCommand('sleep 60 & echo $! > "$PID_FILE"; wait; true', { ...env, PID_FILE: file })(
    'x',
    controller.signal,
  )
  running.catch(() => {})
  const { readFile } = await import('node:fs/promises')
  const pid = await waitFor(async () => Number(await readFile(file, 'utf8').catch(() => '')), { what: 'its child' })
  controller.abort()
  await expect(running).rejects.toThrow('the session ended')
  await waitFor(() => !isAlive(pid), { what: 'its child to end' })
})

test('the agent reads it as the message, and finds the file', () => {
  const message = {
    deliveryId: '1',
    chat: { id: '5', kind: 'direct' as const },
    id: '7',
    text: '',
    placeholder: '(voice message)',
    ts: 0,
    attachments: [],
    mentionsMe: false,
    edited: false,
  }
  const attachment = { kind: 'voice', fileId: 'f' }
  const heard = renderEvent([message], [{ attachment, path: '/inbox/1.ogg', spoken: 'run the tests' }])
  expect(heard.content).toBe('run the tests')
  expect(heard.meta).toMatchObject({
    attachment_kind: 'voice',
    attachment_path: '/inbox/1.ogg',
    attachment_transcribed: 'true',
  })
  expect(renderEvent([message], [{ attachment, path: '/inbox/1.ogg' }]).content).toBe('(voice message)')
})
