/** A list of approvers that somebody changed behind the operator's back counts only once the operator has accepted it. */
import { expect, test } from 'vitest'
import { createApproverWatch } from './approver-watch.ts'

const says = (approvers?: string) => async () => ({
  ok: true,
  text: '',
  ...(approvers === undefined ? {} : { approvers }),
})

async function started(approvers: string) {
  const watch = createApproverWatch()
  expect(watch.check(says(approvers))).toBe(true)
  await Promise.resolve()
  return watch
}

test('a first process is taken at its word, and a later one with the same list', async () => {
  const watch = await started('a')
  expect(await watch.check(says('a'))).toBe(true)
})

test('another list is refused until the operator has been told of it and starts the channel again', async () => {
  const watch = await started('a')
  watch.accept()
  expect(await watch.check(says('b'))).toBe(false)
  watch.said({ ok: true, text: '', approvers: 'b' })
  expect(await watch.check(says('b'))).toBe(false)
  watch.accept()
  expect(await watch.check(says('c'))).toBe(false)
  watch.accept()
  expect(await watch.check(says('c'))).toBe(true)
  expect(await watch.check(says('b'))).toBe(false)
})

test('the operator changes it by a word', async () => {
  const watch = await started('a')
  watch.said({ ok: true, text: '', approvers: 'b' })
  expect(await watch.check(says('b'))).toBe(true)
})

test('one that does not answer is no other list, and one that never said any is not watched', async () => {
  const watch = await started('a')
  expect(await watch.check(says())).toBe(false)
  const silent = createApproverWatch()
  expect(silent.check(says())).toBe(true)
  await Promise.resolve()
  expect(silent.check(says('a'))).toBe(true)
})

test('one that comes late is not even taken at its first word, until the operator accepts it', async () => {
  const watch = createApproverWatch(true)
  expect(await watch.check(says('a'))).toBe(false)
  watch.accept()
  expect(await watch.check(says('a'))).toBe(true)
  expect(await watch.check(says('b'))).toBe(false)
  expect(await createApproverWatch(true).check(says())).toBe(true)
  expect(await createApproverWatch(true).check(async () => ({ ok: false, text: 'gone' }))).toBe(false)
})
