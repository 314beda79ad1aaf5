/** Which conversation goes on, and that only one process goes on with it. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createFolder, rejection } from '../testing/folder.ts'
import { createConversations } from './conversations.ts'

async function open() {
  const root = await createFolder({ 'one/.keep': '', 'two/.keep': '' })
  const folder = join(root, 'agents')
  const create = (cwd = 'one', agent = 'claude') => {
    const conversations = createConversations({ folder, agent, cwd: join(root, cwd) })
    onTestFinished(() => conversations.close())
    return conversations
  }
  return { folder, create }
}

test('the last one of this project and this agent goes on', async () => {
  const { create } = await open()
  const first = create()
  await first.begin('a')
  await first.begin('b')
  first.close()
  expect(await create().resume('latest')).toBe('b')
  expect(await create().resume('a')).toBe('a')
  for (const other of [create('two'), create('one', 'other')])
    expect(await rejection(other.resume('latest'))).toMatchObject({ code: 'resume-refused' })
})

test('two processes never go on with the same one', async () => {
  const { create } = await open()
  const first = create()
  await first.begin('a')
  expect(await rejection(create().resume('a'))).toMatchObject({
    code: 'resume-refused',
    message: 'Another process goes on with the conversation a.',
  })
  await first.begin('b')
  expect(await create().resume('a')).toBe('a')
  first.close()
  expect(await create().resume('latest')).toBe('b')
})

test('a file that is broken counts as none, and fifty are kept', async () => {
  const { folder, create } = await open()
  const first = create()
  for (let at = 0; at < 60; at += 1) await first.begin(`c${at}`)
  const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  const kept = JSON.parse(await readFile(join(folder, file), 'utf8'))
  expect(kept).toMatchObject({ version: 1, agent: 'claude' })
  expect([kept.conversations.length, kept.conversations[0]]).toEqual([50, 'c59'])
  await writeFile(join(folder, file), '{')
  first.close()
  expect(await rejection(create().resume('latest'))).toMatchObject({ code: 'resume-refused' })
})
